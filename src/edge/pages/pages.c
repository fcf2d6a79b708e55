#include "edge/pages/pages.h"

extern const page_file pages_table[];
extern const int pages_table_count;

static bool has_extension(str path)
{
    for (ptrdiff_t i = path.n - 1; i >= 0 && path.p[i] != '/'; i--)
        if (path.p[i] == '.')
            return true;
    return false;
}

const page_file *pages_find(str path)
{
    str wanted = has_extension(path) ? path : S("/index.html");
    for (int i = 0; i < pages_table_count; i++)
        if (str_eq(pages_table[i].path, wanted))
            return &pages_table[i];
    return NULL;
}
