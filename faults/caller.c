#include "faults/caller.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char operation[] = "find callers";
static const char *const image_names[2] = {"program", "library"};

static const void *part(const struct ts_caller_image *image, uint64_t offset, uint64_t size)
{
    return offset <= image->size && size <= image->size - offset ? image->file + offset : NULL;
}

/* The whole symbol table; in a stripped image what it exports. */
static const Elf64_Shdr *symbol_table(const struct ts_caller_image *image, const Elf64_Ehdr *header)
{
    const Elf64_Shdr *sections = part(image, header->e_shoff, (uint64_t)header->e_shnum * sizeof *sections);
    const Elf64_Shdr *found = NULL;
    for (size_t i = 0; sections != NULL && i < header->e_shnum; i++) {
        if (sections[i].sh_type == SHT_SYMTAB || (sections[i].sh_type == SHT_DYNSYM && found == NULL)) {
            found = &sections[i];
        }
    }
    return found;
}

static void read_base(struct ts_caller_image *image, const Elf64_Ehdr *header)
{
    const Elf64_Phdr *segments = part(image, header->e_phoff, (uint64_t)header->e_phnum * sizeof *segments);
    for (size_t i = 0; segments != NULL && i < header->e_phnum; i++) {
        if (segments[i].p_type == PT_LOAD && segments[i].p_offset == 0) {
            image->base = segments[i].p_vaddr;
            return;
        }
    }
}

static bool read_symbols(struct ts_caller_image *image)
{
    const Elf64_Ehdr *header = part(image, 0, sizeof *header);
    if (header == NULL || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_shentsize != sizeof(Elf64_Shdr)) {
        return false;
    }
    const Elf64_Shdr *table = symbol_table(image, header);
    const Elf64_Shdr *sections = part(image, header->e_shoff, 0);
    if (table == NULL || table->sh_link >= header->e_shnum) {
        return false;
    }
    const Elf64_Shdr *names = &sections[table->sh_link];
    image->symbols = part(image, table->sh_offset, table->sh_size);
    image->symbol_count = table->sh_size / sizeof(Elf64_Sym);
    image->names = part(image, names->sh_offset, names->sh_size);
    image->names_size = names->sh_size;
    read_base(image, header);
    return image->symbols != NULL && image->names != NULL && image->names_size > 0 &&
           image->names[image->names_size - 1] == '\0';
}

static void unmap(struct ts_caller_image *image)
{
    if (image->file != NULL) {
        munmap((void *)(uintptr_t)image->file, image->size);
    }
    *image = (struct ts_caller_image){0};
}

static ts_err load_image(const char *path, struct ts_caller_image *image, struct ts_diag *diag)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0 || status.st_size <= 0) {
        int error = errno;
        if (file >= 0) {
            close(file);
        }
        return ts_fail_errno(diag, error, operation, path);
    }
    image->size = (size_t)status.st_size;
    void *bytes = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (bytes == MAP_FAILED) {
        *image = (struct ts_caller_image){0};
        return ts_fail_errno(diag, errno, operation, path);
    }
    image->file = bytes;
    if (!read_symbols(image)) {
        unmap(image);
        return ts_fail(diag, TS_MALFORMED, operation, path, "no 64-bit ELF file with symbols");
    }
    return TS_OK;
}

ts_err ts_callers_load(const char *program, const char *library, struct ts_callers *callers,
                       struct ts_diag *diag)
{
    *callers = (struct ts_callers){0};
    ts_err error = load_image(program, &callers->images[0], diag);
    if (error == TS_OK && library != NULL) {
        (void)load_image(library, &callers->images[1], NULL);
    }
    return error;
}

void ts_callers_free(struct ts_callers *callers)
{
    unmap(&callers->images[0]);
    unmap(&callers->images[1]);
}

static const Elf64_Sym *function_at(const struct ts_caller_image *image, size_t index)
{
    const Elf64_Sym *symbol = (const Elf64_Sym *)image->symbols + index;
    bool is_function = ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF;
    return is_function && symbol->st_name < image->names_size && symbol->st_value >= image->base ? symbol
                                                                                                 : NULL;
}

/* Functions of one name may be several: each file may have a static one. */
static bool add_places(const struct ts_caller_image *image, uint64_t bit, const char *name, bool exact,
                       uint64_t offset, struct ts_fault_rule *rule)
{
    for (size_t i = 0; i < image->symbol_count; i++) {
        const Elf64_Sym *symbol = function_at(image, i);
        if (symbol == NULL || strcmp(image->names + symbol->st_name, name) != 0) {
            continue;
        }
        if (rule->place_count == TS_FAULT_PLACES_MAX) {
            return false;
        }
        /* A call may be the last instruction: its return address is then the end. */
        uint64_t begin = bit | (symbol->st_value - image->base);
        rule->places[rule->place_count++] = exact
                                                ? (struct ts_fault_place){begin + offset, begin + offset}
                                                : (struct ts_fault_place){begin + 1, begin + symbol->st_size};
    }
    return true;
}

static ts_err resolve_rule(const struct ts_callers *callers, struct ts_fault_rule *rule, struct ts_diag *diag)
{
    char name[TS_FAULT_CALLER_SIZE];
    size_t length = strcspn(rule->caller, "+");
    bool exact = rule->caller[length] == '+', fits = true;
    uint64_t offset = exact ? strtoull(rule->caller + length + 1, NULL, 16) : 0;
    snprintf(name, sizeof name, "%.*s", (int)length, rule->caller);
    rule->place_count = 0;
    for (size_t i = 0; exact && i < 2; i++) { /* a place without a function */
        if (strcmp(name, image_names[i]) == 0) {
            uint64_t place = offset | (i == 0 ? 0 : TS_CALLER_LIBRARY);
            rule->places[rule->place_count++] = (struct ts_fault_place){place, place};
        }
    }
    for (size_t i = 0; i < 2; i++) {
        fits = fits &&
               add_places(&callers->images[i], i == 0 ? 0 : TS_CALLER_LIBRARY, name, exact, offset, rule);
    }
    if (!fits) {
        return ts_fail(diag, TS_LIMIT, operation, name, "more than %d functions have this name",
                       TS_FAULT_PLACES_MAX);
    }
    return rule->place_count > 0 ? TS_OK
                                 : ts_fail(diag, TS_UNKNOWN, operation, name,
                                           "neither worker nor library has a function of this name");
}

ts_err ts_callers_resolve(const struct ts_callers *callers, struct ts_fault_spec *spec, struct ts_diag *diag)
{
    ts_err error = TS_OK;
    for (uint32_t i = 0; error == TS_OK && i < spec->rule_count; i++) {
        if (spec->rules[i].caller[0] != '\0') {
            error = resolve_rule(callers, &spec->rules[i], diag);
        }
    }
    return error;
}

/* What a spec can say: of a clone's name (".part.0") all, of any other odd name nothing. */
static bool can_be_named(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length + 12 < TS_FAULT_CALLER_SIZE &&
           strspn(name, TS_FAULT_CALLER_LETTERS) == length;
}

const char *ts_caller_text(const struct ts_callers *callers, uint64_t caller, char text[TS_CALLER_TEXT_SIZE])
{
    bool is_library = (caller & TS_CALLER_LIBRARY) != 0;
    const struct ts_caller_image *image = &callers->images[is_library];
    uint64_t offset = caller & ~TS_CALLER_LIBRARY;
    snprintf(text, TS_CALLER_TEXT_SIZE, "%s+0x%" PRIx64, image_names[is_library], offset);
    for (size_t i = 0; i < image->symbol_count; i++) {
        const Elf64_Sym *symbol = function_at(image, i);
        uint64_t begin = symbol == NULL ? 0 : symbol->st_value - image->base;
        if (symbol != NULL && offset > begin && offset <= begin + symbol->st_size &&
            can_be_named(image->names + symbol->st_name)) {
            snprintf(text, TS_CALLER_TEXT_SIZE, "%s+0x%" PRIx64, image->names + symbol->st_name,
                     offset - begin);
            return text;
        }
    }
    return text;
}
