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
