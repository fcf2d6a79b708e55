#include "service/master/master.h"

char master_id_no_check_digit(const char *first_17)
{
    static const int weight[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < 17; i++)
        sum += (first_17[i] - '0') * weight[i];
    return "10X98765432"[sum % 11];
}

bool master_id_no_read(master_citizen *out, str id_no)
{
    if (id_no.n != 18)
        return false;
    for (int i = 0; i < 17; i++)
        if (id_no.p[i] < '0' || id_no.p[i] > '9')
            return false;
    char iso[10];
    memcpy(iso, id_no.p + 6, 4);
    memcpy(iso + 5, id_no.p + 10, 2);
    memcpy(iso + 8, id_no.p + 12, 2);
    iso[4] = iso[7] = '-';
    out->male = (id_no.p[16] - '0') % 2 == 1;
    return day_parse(&out->born, (str){iso, sizeof iso}) &&
           id_no.p[17] == master_id_no_check_digit(id_no.p);
}

/* ---- what is shown of a person by default ---- */

str master_mask_id_no(str id_no, arena *a)
{
    if (id_no.n < 10)
        return arena_printf(a, "%.*s***", (int)(id_no.n < 2 ? id_no.n : 2), id_no.p);
    ptrdiff_t head = 4, tail = 4;
    char *p = arena_new(a, char, id_no.n);
    memcpy(p, id_no.p, (size_t)id_no.n);
    memset(p + head, '*', (size_t)(id_no.n - head - tail));
    return (str){p, id_no.n};
}

str master_mask_name(str name, arena *a)
{
    ptrdiff_t first = name.n ? utf8_length(name.p, name.n) : 0, stars = 0;
    for (ptrdiff_t at = first, n; at < name.n; at += n ? n : 1, stars++)
        n = utf8_length(name.p + at, name.n - at);
    char *p = arena_new(a, char, first + stars + 1);
    if (first)
        memcpy(p, name.p, (size_t)first);
    memset(p + first, '*', (size_t)stars);
    return (str){p, first + stars};
}

str master_mask_phone(str phone, arena *a)
{
    if (phone.n == 0)
        return phone;
    if (phone.n < 8)
        return S("****");
    char *p = arena_new(a, char, phone.n);
    memcpy(p, phone.p, (size_t)phone.n);
    memset(p + 3, '*', (size_t)(phone.n - 7));
    return (str){p, phone.n};
}
