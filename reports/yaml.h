/*
 * YAML files by a libcyaml schema, with errors that name file, line, entry and member.
 *
 * Threads: no state. Ownership: what was loaded is freed with ts_yaml_free and the same schema.
 * Errors: TS_NOT_FOUND, TS_IO for the file; TS_LIMIT above 1 MiB; TS_MALFORMED for what does not parse or
 * does not fit the schema; TS_NO_MEMORY. Aliases are refused: a small file must not become a large one.
 */
#ifndef TS_REPORTS_YAML_H
#define TS_REPORTS_YAML_H

#include "base/err.h"

#include <cyaml/cyaml.h>

/* Reads path into *loaded; on error *loaded is NULL. */
ts_err ts_yaml_load(const char *path, const char *operation, const cyaml_schema_value_t *schema,
                    void **loaded, struct ts_diag *diag);

/* Accepts NULL. */
void ts_yaml_free(const cyaml_schema_value_t *schema, void *loaded);

#endif
