/* Groups one discharge and says why.  cc group.c -lgongji && ./a.out /path/to/scheme */
#include <gongji.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    char text[4096];
    gongji_scheme *scheme =
        gongji_scheme_open(argc > 1 ? argv[1] : "packs/schemes/teaching", text, sizeof text);
    if (!scheme)
        return fprintf(stderr, "%s\n", text), 1;

    gongji_case c;
    gongji_case_clear(&c);
    c.sex = GONGJI_MALE;
    c.age = 50;
    c.main_dx = "K35.800";
    c.other_dx = "E11.900|I10.x00";
    c.procedures = "47.0100";

    gongji_group group;
    gongji_group_case(&group, scheme, &c, 0);
    gongji_explain_case(text, sizeof text, scheme, &c, 0, GONGJI_ENGLISH);
    printf("%s %s %s\n%s", group.mdc, group.adrg, group.drg, text);
    gongji_scheme_close(scheme);
    return 0;
}
