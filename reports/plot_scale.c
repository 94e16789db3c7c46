/* Values, places and round numbers. */
#include "reports/plot_parts.h"

#include "reports/figure.h"

#include <math.h>
#include <string.h>

#define GREATEST 1e300 /* differences of values must be finite, too */
#define STEPS    5.0   /* about so many ticks on a linear axis */

struct unit_step {
    double size;
    const char *suffix;
};

/* Greatest first. */
static const struct unit_step seconds[] = {{3600, "h"},  {60, "min"},  {1, "s"},
                                           {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}};
static const struct unit_step bytes[] = {
    {0x1p40, "TiB"}, {0x1p30, "GiB"}, {0x1p20, "MiB"}, {0x1p10, "KiB"}, {1, "B"}};

/* The unit in which a value of this size reads well. */
static struct unit_step unit_for(enum ts_plot_unit unit, double value)
{
    const struct unit_step *steps = unit == TS_PLOT_SECONDS ? seconds : bytes;
    size_t count = unit == TS_PLOT_SECONDS ? sizeof seconds / sizeof *seconds : sizeof bytes / sizeof *bytes;
    value = fabs(value);
    if (unit == TS_PLOT_PLAIN) {
        return (struct unit_step){1, ""};
    }
    if (unit == TS_PLOT_SHARE) {
        return (struct unit_step){0.01, "%"};
    }
    for (size_t i = 0; i < count; i++) {
        /* Two minutes and two hours are told in the smaller unit until then. */
        double from = steps[i].size * (unit == TS_PLOT_SECONDS && steps[i].size > 1 ? 2 : 1);
        if (value >= from * 0.9995) { /* what rounds to the next unit's one is one of it */
            return steps[i];
        }
    }
    return value == 0 ? steps[unit == TS_PLOT_SECONDS ? 2 : count - 1] : steps[count - 1];
}

static void write_number(char *text, size_t size, double value)
{
    struct ts_figure figure;
    double magnitude = fabs(value);
    if (magnitude >= 1e15) {
        snprintf(text, size, "%.3g", value);
    } else if (magnitude >= 100) {
        snprintf(text, size, "%s", ts_figure_count(&figure, (int64_t)llround(value)));
    } else if (magnitude > 0 && magnitude < 0.001) {
        snprintf(text, size, "%.2g", value);
    } else {
        snprintf(text, size, "%s%s", value < 0 ? "-" : "", ts_figure_rate(&figure, magnitude));
    }
}

static const char *write_value(struct ts_plot_text *text, struct unit_step step, double value)
{
    char number[32];
    write_number(number, sizeof number, value / step.size);
    snprintf(text->text, sizeof text->text, "%s%s%s", number, step.suffix[0] != '\0' ? " " : "", step.suffix);
    return text->text;
}

const char *ts_plot_value(struct ts_plot_text *text, enum ts_plot_unit unit, double value)
{
    if (isnan(value)) {
        strcpy(text->text, "\xe2\x80\x93");
    } else if (isinf(value)) {
        strcpy(text->text, value > 0 ? "unbounded" : "-unbounded");
    } else {
        write_value(text, unit_for(unit, value), value);
    }
    return text->text;
}

void ts_plot_extend(struct ts_plot_extent *extent, double value, bool log)
{
    if (!isfinite(value) || (log && value <= 0)) {
        return;
    }
    value = fmax(-GREATEST, fmin(GREATEST, value));
    extent->low = extent->any ? fmin(extent->low, value) : value;
    extent->high = extent->any ? fmax(extent->high, value) : value;
    extent->any = true;
}

/* 1, 2 or 5 times a power of ten, not below it. */
static double round_step(double step)
{
    double power = pow(10, floor(log10(step)));
    double rest = step / power;
    return power * (rest <= 1.0000001 ? 1 : rest <= 2.0000001 ? 2 : rest <= 5.0000001 ? 5 : 10);
}

static double step_of(const struct ts_plot_scale *scale)
{
    double step = round_step((scale->high - scale->low) / scale->divisor / STEPS) * scale->divisor;
    return scale->whole ? fmax(step, 1) : step;
}

static void round_log(struct ts_plot_scale *scale, bool any)
{
    scale->low = any ? pow(10, floor(log10(scale->low) + 1e-9)) : 1;
    scale->high = any ? pow(10, ceil(log10(scale->high) - 1e-9)) : 10;
    if (scale->high < scale->low * 10) {
        scale->high = scale->low * 10;
    }
}

static void round_linear(struct ts_plot_scale *scale, bool tight)
{
    if (!(scale->high > scale->low)) {
        scale->high = scale->low + (scale->low == 0 ? scale->divisor : fabs(scale->low));
    }
    double step = step_of(scale);
    scale->low = floor(scale->low / step + 1e-9) * step;
    scale->high = tight ? scale->high : ceil(scale->high / step - 1e-9) * step;
}

struct ts_plot_scale ts_plot_scale(const struct ts_plot_axis *axis, const struct ts_plot_extent *extent,
                                   double from, double to)
{
    struct ts_plot_scale scale = {.from = from,
                                  .to = to,
                                  .log = axis->log,
                                  .divisor = 1,
                                  .suffix = "",
                                  .whole = axis->unit == TS_PLOT_PLAIN};
    bool given = axis->high > axis->low && (!axis->log || axis->low > 0);
    scale.low = given ? axis->low : extent->any ? extent->low : 0;
    scale.high = given ? axis->high : extent->any ? extent->high : 1;
    if (!given && !axis->log) {
        scale.low = fmin(scale.low, 0);
        scale.high = fmax(scale.high, 0);
    }
    if (axis->log) {
        if (!given) {
            round_log(&scale, extent->any);
        }
        return scale; /* its ticks bear units of their own */
    }
    struct unit_step step = unit_for(axis->unit, fmax(fabs(scale.low), fabs(scale.high)));
    scale.divisor = step.size;
    scale.suffix = step.suffix;
    if (!given) {
        round_linear(&scale, axis->tight);
    }
    return scale;
}

bool ts_plot_has_place(const struct ts_plot_scale *scale, double value)
{
    return isfinite(value) && (!scale->log || value > 0);
}

double ts_plot_place(const struct ts_plot_scale *scale, double value)
{
    double share = scale->log ? (log10(value) - log10(scale->low)) / (log10(scale->high) - log10(scale->low))
                              : (value - scale->low) / (scale->high - scale->low);
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return scale->from + share * (scale->to - scale->from);
}

size_t ts_plot_ticks(const struct ts_plot_scale *scale, double ticks[TS_PLOT_TICKS_MAX])
{
    size_t count = 0;
    if (scale->log) {
        int low = (int)ceil(log10(scale->low) - 1e-9), high = (int)floor(log10(scale->high) + 1e-9);
        int every = (high - low) / 8 + 1;
        for (int i = low; i <= high && count < TS_PLOT_TICKS_MAX; i += every) {
            ticks[count++] = pow(10, i);
        }
        return count;
    }
    double step = step_of(scale);
    for (double i = ceil(scale->low / step - 1e-9); i * step <= scale->high + step * 1e-9; i++) {
        if (count == TS_PLOT_TICKS_MAX) {
            break;
        }
        ticks[count++] = i * step;
    }
    return count;
}

const char *ts_plot_tick_text(struct ts_plot_text *text, const struct ts_plot_scale *scale, double value)
{
    write_number(text->text, sizeof text->text, value / scale->divisor);
    return text->text;
}
