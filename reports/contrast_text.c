#include "reports/contrast.h"

#include "reports/contrast_faults.h"
#include "reports/contrast_model.h"
#include "reports/figure.h"

#include <stdlib.h>
#include <string.h>

#define GAP          2
#define NARROWEST    16
#define COLOUR_RESET "\x1b[0m"
#define COLOUR_RED   "\x1b[31m"

static const char *const tone_colours[] = {
    [TS_TONE_PASS] = "\x1b[32m",
    [TS_TONE_FAILING] = COLOUR_RED,
    [TS_TONE_INCONCLUSIVE] = "\x1b[33m",
};

/* One flavour's text in the row at hand, taken line by line until nothing is left. */
struct column {
    char text[1024];
    const char *rest;
    enum ts_contrast_tone tone;
    bool filled;
};

struct sheet {
    FILE *out;
    bool colour;
    size_t mode_width;
    size_t column_width;
    struct column *columns; /* one a flavour */
};

/* Columns on the screen: bytes of UTF-8 that do not continue a character. */
static size_t screen_width(const char *text, size_t length)
{
    size_t width = 0;
    for (size_t i = 0; i < length; i++) {
        width += ((unsigned char)text[i] & 0xc0) != 0x80;
    }
    return width;
}

/* The length in bytes of the next line: up to a newline, else to the last space that fits, else as much as
 * fits. */
static size_t line_length(const char *text, size_t width)
{
    size_t used = 0;
    size_t space = 0;
    size_t i = 0;
    for (; text[i] != '\0' && text[i] != '\n'; i++) {
        bool starts = ((unsigned char)text[i] & 0xc0) != 0x80;
        if (text[i] == ' ') {
            space = i;
        }
        if (starts && used == width) {
            return space > 0 ? space : i;
        }
        used += starts;
    }
    return i;
}

static void pad(FILE *out, size_t count)
{
    fprintf(out, "%*s", (int)count, "");
}

static void write_wrapped(FILE *out, const char *text, size_t width, size_t indent)
{
    for (size_t room = width; *text != '\0'; room = width - indent) {
        size_t length = line_length(text, room);
        fprintf(out, "%.*s\n", (int)length, text);
        text += length;
        text += *text == ' ' || *text == '\n';
        if (*text != '\0') {
            pad(out, indent);
        }
    }
}

/* Writes one line of a column and moves on. Padding is owed until something follows it, so that no line
 * trails blanks. */
static void write_chunk(const struct sheet *sheet, struct column *column, size_t *owed)
{
    size_t length = line_length(column->rest, sheet->column_width);
    size_t width = screen_width(column->rest, length);
    bool colour = sheet->colour && column->filled;
    if (length > 0) {
        pad(sheet->out, *owed);
        *owed = 0;
        fprintf(sheet->out, "%s%.*s%s", colour ? tone_colours[column->tone] : "", (int)length, column->rest,
                colour ? COLOUR_RESET : "");
    }
    *owed += sheet->column_width - width + GAP;
    column->rest += length;
    column->rest += *column->rest == ' ' || *column->rest == '\n';
}

/* Control characters would break the table, and more. */
static void blank_controls(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            *text = ' ';
        }
    }
}

static void fill_column(const struct ts_contrast *contrast, const char *scenario, const char *mode,
                        const char *flavour, struct column *column)
{
    const struct ts_record_cell *cell = NULL;
    size_t used = 0;
    *column = (struct column){.text = "-", .tone = TS_TONE_PASS};
    column->rest = column->text;
    while ((cell = ts_contrast_next(contrast, scenario, mode, flavour, cell)) != NULL) {
        struct ts_contrast_entry entry;
        ts_contrast_describe(cell, &entry);
        blank_controls(entry.headline);
        column->tone = entry.tone == TS_TONE_PASS ? column->tone : entry.tone;
        column->filled = true;
        used +=
            (size_t)snprintf(column->text + used, sizeof column->text - used, "%s%s%s\n%s",
                             used > 0 ? "\n" : "", entry.unexpected ? "! " : "", entry.headline, entry.bound);
        if (used >= sizeof column->text) {
            return;
        }
    }
}

static void write_row(const struct sheet *sheet, const struct ts_contrast *contrast, const char *scenario,
                      const char *mode)
{
    size_t flavours = contrast->flavours.count;
    if (ts_contrast_next(contrast, scenario, mode, NULL, NULL) == NULL) {
        return;
    }
    for (size_t i = 0; i < flavours; i++) {
        fill_column(contrast, scenario, mode, contrast->flavours.names[i], &sheet->columns[i]);
    }
    const char *label = mode;
    for (bool more = true; more;) {
        more = false;
        size_t owed = sheet->mode_width - strlen(label) + GAP;
        ts_write_plain(sheet->out, label);
        for (size_t i = 0; i < flavours; i++) {
            write_chunk(sheet, &sheet->columns[i], &owed);
            more = more || *sheet->columns[i].rest != '\0';
        }
        fputc('\n', sheet->out);
        label = "";
    }
}

static void write_heading(const struct sheet *sheet, const struct ts_contrast *contrast)
{
    fprintf(sheet->out, "\n%-*s  ", (int)sheet->mode_width, "mode");
    for (size_t i = 0; i < contrast->flavours.count; i++) {
        bool last = i + 1 == contrast->flavours.count;
        const char *flavour = contrast->flavours.names[i];
        ts_write_plain(sheet->out, flavour);
        if (!last) {
            size_t width = strlen(flavour);
            pad(sheet->out, (width < sheet->column_width ? sheet->column_width - width : 0) + GAP);
        }
    }
    fputc('\n', sheet->out);
}

static void write_scenario(const struct sheet *sheet, const struct ts_contrast *contrast,
                           const char *scenario, size_t width)
{
    char text[1024];
    const struct ts_record_cell *cell = ts_contrast_next(contrast, scenario, NULL, NULL, NULL);
    snprintf(text, sizeof text, "%s%s%s", scenario, cell->hazard[0] != '\0' ? "; hazard: " : "",
             cell->hazard);
    blank_controls(text);
    fputc('\n', sheet->out);
    write_wrapped(sheet->out, text, width, GAP);
}

static void write_verdict(const struct sheet *sheet, const struct ts_record *record, size_t width)
{
    FILE *out = sheet->out;
    if (!record->has_end) {
        fputs("\nNo verdict: the record is partial.\n", out);
        return;
    }
    char text[2048];
    snprintf(text, sizeof text, "Verdict: %s. %s", record->end.verdict, record->end.sentence);
    blank_controls(text);
    fputc('\n', out);
    write_wrapped(out, text, width, 0);
}

static void write_title(const struct sheet *sheet, const struct ts_record *record)
{
    static const char *const titles[] = {
        [TS_STANDING_WHOLE] = "",
        [TS_STANDING_INTERRUPTED] = "INTERRUPTED RUN, NOT A WHOLE RECORD. ",
        [TS_STANDING_PARTIAL] = "PARTIAL RECORD, NOT A WHOLE ONE. ",
    };
    enum ts_standing standing = ts_contrast_standing(record);
    FILE *out = sheet->out;
    if (standing != TS_STANDING_WHOLE) {
        fprintf(out, "%s%s", sheet->colour ? COLOUR_RED : "", titles[standing]);
        ts_contrast_write_standing(out, record);
        fprintf(out, "%s\n", sheet->colour ? COLOUR_RESET : "");
    }
    ts_write_plain(out, record->run.kind);
    fputc(' ', out);
    ts_write_plain(out, record->run.id);
    fputs(", seed ", out);
    ts_write_plain(out, record->run.seed);
    fputs(", commit ", out);
    ts_write_plain(out, record->run.commit);
    fputs(record->run.dirty ? " with local changes\n" : "\n", out);
}

ts_err ts_contrast_text(const struct ts_record *record, FILE *out, bool colour, unsigned width_columns)
{
    struct ts_contrast contrast;
    struct sheet sheet = {.out = out, .colour = colour, .mode_width = strlen("mode")};
    ts_err err = ts_contrast_init(&contrast, record);
    if (err != TS_OK) {
        return err;
    }
    size_t flavours = contrast.flavours.count > 0 ? contrast.flavours.count : 1;
    sheet.columns = calloc(flavours, sizeof *sheet.columns);
    if (sheet.columns == NULL) {
        err = TS_NO_MEMORY;
        goto cleanup;
    }
    for (size_t i = 0; i < contrast.modes.count; i++) {
        size_t length = strlen(contrast.modes.names[i]);
        sheet.mode_width = length > sheet.mode_width ? length : sheet.mode_width;
    }
    size_t text_width = width_columns > NARROWEST ? width_columns : NARROWEST;
    size_t frame = sheet.mode_width + GAP * flavours;
    sheet.column_width = width_columns > frame ? (width_columns - frame) / flavours : 0;
    sheet.column_width = sheet.column_width < NARROWEST ? NARROWEST : sheet.column_width;

    write_title(&sheet, record);
    write_heading(&sheet, &contrast);
    for (size_t i = 0; i < contrast.scenarios.count; i++) {
        const char *scenario = contrast.scenarios.names[i];
        write_scenario(&sheet, &contrast, scenario, text_width);
        for (size_t j = 0; j < contrast.modes.count; j++) {
            write_row(&sheet, &contrast, scenario, contrast.modes.names[j]);
        }
    }
    fputc('\n', out);
    write_wrapped(
        out,
        "hazard N: how often the dangerous situation occurred. \"a to b\": two-sided 95 % interval. \"<\": "
        "one-sided 95 % bound after none was seen; never a proof of absence. !: not as expected.",
        text_width, 0);
    ts_contrast_write_contradictions(out, record, "");
    err = ts_contrast_faults_text(out, record);
    if (err != TS_OK) {
        goto cleanup;
    }
    write_verdict(&sheet, record, text_width);
    err = ts_contrast_close_stream(out);
cleanup:
    free(sheet.columns);
    ts_contrast_fini(&contrast);
    return err;
}
