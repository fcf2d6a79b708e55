/* pages -- the workbench, built into the program: the files of web/dist, plain and compressed.
 *
 * In:      the path of a request.
 * Out:     a file's bytes, what they are, and whether a browser may keep them for good.
 * May use: base.
 */
#ifndef PAGES_PAGES_H
#define PAGES_PAGES_H
#include "base/base.h"

typedef struct {
    str path; /* "/assets/index-3f2a.js" */
    str content_type;
    str bytes, gzip; /* gzip is empty where it would not be shorter */
    bool hashed;     /* the name changes with the content */
} page_file;

/* Whoever asks for a page of the workbench (no extension) gets its one HTML file; NULL = there
 * is no such file, or the workbench was not built in. */
const page_file *pages_find(str path);

#endif
