#include "reports/statistics.h"

#include "base/err.h"

#include <math.h>

#define ERROR_ONE_SIDED 0.05
#define ERROR_EACH_SIDE 0.025
#define Z_TWO_SIDED     1.959963984540054 /* the normal quantile of 1 - ERROR_EACH_SIDE */

double ts_share_bound_none(int64_t n)
{
    return n <= 0 ? 1.0 : -expm1(log(ERROR_ONE_SIDED) / (double)n);
}

struct ts_interval ts_share_interval(int64_t k, int64_t n)
{
    if (n <= 0) {
        return (struct ts_interval){0.0, 1.0};
    }
    double share = (double)k / (double)n;
    double z2_n = Z_TWO_SIDED * Z_TWO_SIDED / (double)n;
    double centre = (share + z2_n / 2) / (1 + z2_n);
    double half = sqrt(share * (1 - share) * z2_n + z2_n * z2_n / 4) / (1 + z2_n);
    /* At the ends the formula is exact but its rounding is not. */
    return (struct ts_interval){k == 0 ? 0.0 : centre - half, k == n ? 1.0 : centre + half};
}

#define BETA_STEPS 500
#define BETA_TINY  1e-300

static double away_from_zero(double value)
{
    return fabs(value) < BETA_TINY ? BETA_TINY : value;
}

/* The continued fraction of I_x(a, b) by the method of Lentz; it converges fast for x below (a + 1) / (a + b
 * + 2): Press et al., Numerical Recipes, 6.4. */
static double beta_fraction(double a, double b, double x)
{
    double c = 1.0;
    double d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    double fraction = d;
    for (int m = 1; m <= BETA_STEPS; m++) {
        double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away_from_zero(1.0 + even * d);
        c = away_from_zero(1.0 + even / c);
        fraction *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away_from_zero(1.0 + odd * d);
        c = away_from_zero(1.0 + odd / c);
        fraction *= d * c;
        if (fabs(d * c - 1.0) < 1e-14) {
            break;
        }
    }
    return fraction;
}

/* The regularised incomplete beta function I_x(a, b). */
static double incomplete_beta(double a, double b, double x)
{
    int sign;
    if (x <= 0.0 || x >= 1.0) {
        return x <= 0.0 ? 0.0 : 1.0;
    }
    double front =
        exp(lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign) + a * log(x) + b * log1p(-x));
    return x < (a + 1.0) / (a + b + 2.0) ? front * beta_fraction(a, b, x) / a
                                         : 1.0 - front * beta_fraction(b, a, 1.0 - x) / b;
}

/* The x at which I_x(a, b) is `probability`. */
static double beta_quantile(double a, double b, double probability)
{
    double low = 0.0;
    double high = 1.0;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (incomplete_beta(a, b, middle) < probability) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (low + high) / 2;
}

struct ts_interval ts_share_interval_exact(int64_t k, int64_t n)
{
    TS_ASSERT(0 <= k && (n <= 0 || k <= n));
    if (n <= 0) {
        return (struct ts_interval){0.0, 1.0};
    }
    double seen = (double)k;
    double not_seen = (double)(n - k);
    return (struct ts_interval){
        k == 0 ? 0.0 : beta_quantile(seen, not_seen + 1.0, ERROR_EACH_SIDE),
        k == n ? 1.0 : beta_quantile(seen + 1.0, not_seen, 1.0 - ERROR_EACH_SIDE),
    };
}

double ts_rate_bound_none(double minutes)
{
    return minutes > 0 ? -log(ERROR_ONE_SIDED) / minutes : INFINITY;
}

/* P(X <= k) of a Poisson variable, summed in logarithms so that a large mean does not underflow to nothing.
 */
static double poisson_at_most(int64_t k, double mean)
{
    double log_term = -mean;
    double sum = exp(log_term);
    for (int64_t i = 1; i <= k; i++) {
        log_term += log(mean) - log((double)i);
        sum += exp(log_term);
    }
    return sum;
}

/* The mean at which P(X <= k) is `probability`; the probability falls as the mean grows. */
static double poisson_mean(int64_t k, double probability)
{
    double low = 0.0;
    double high = (double)k + 10.0 * sqrt((double)k + 1.0) + 10.0;
    for (int i = 0; i < 64; i++) {
        double middle = (low + high) / 2;
        if (poisson_at_most(k, middle) > probability) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (low + high) / 2;
}

struct ts_interval ts_rate_interval(int64_t k, double minutes)
{
    TS_ASSERT(k >= 0);
    if (!(minutes > 0)) {
        return (struct ts_interval){0.0, INFINITY};
    }
    double low = k == 0 ? 0.0 : poisson_mean(k - 1, 1 - ERROR_EACH_SIDE);
    double high = poisson_mean(k, ERROR_EACH_SIDE);
    return (struct ts_interval){low / minutes, high / minutes};
}

double ts_rate_chance_of_none(double rate_per_minute, double minutes)
{
    return exp(-rate_per_minute * (minutes > 0 ? minutes : 0.0));
}

static double log_choose(int64_t n, int64_t k)
{
    int sign;
    return lgamma_r((double)n + 1, &sign) - lgamma_r((double)k + 1, &sign) -
           lgamma_r((double)(n - k) + 1, &sign);
}

double ts_fisher_exact(int64_t k_a, int64_t n_a, int64_t k_b, int64_t n_b)
{
    TS_ASSERT(0 <= k_a && k_a <= n_a && 0 <= k_b && k_b <= n_b);
    int64_t k = k_a + k_b;
    int64_t first = k > n_b ? k - n_b : 0;
    int64_t last = k < n_a ? k : n_a;
    double log_all = log_choose(n_a + n_b, k);
    double seen = log_choose(n_a, k_a) + log_choose(n_b, k_b);
    double sum = 0.0;
    for (int64_t i = first; i <= last; i++) {
        double log_table = log_choose(n_a, i) + log_choose(n_b, k - i);
        /* Equal probabilities may differ by their rounding. */
        if (log_table <= seen + 1e-7) {
            sum += exp(log_table - log_all);
        }
    }
    return sum < 1.0 ? sum : 1.0;
}
