/* The DIP group and points of one discharge, and why.  cc dip.c -lgongji && ./a.out /path/to/catalogue */
#include <gongji.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    char text[4096];
    gongji_dip *dip = gongji_dip_open(argc > 1 ? argv[1] : "packs/dip/teaching", text, sizeof text);
    if (!dip)
        return fprintf(stderr, "%s\n", text), 1;

    gongji_case c;
    gongji_case_clear(&c);
    c.main_dx = "K80.100";
    c.procedures = "51.2300";

    gongji_dip_group group;
    gongji_dip_case(&group, dip, &c, 1500000, 3); /* 15,000 yuan in a hospital of level 3 */
    gongji_dip_explain(text, sizeof text, dip, &c, 1500000, 3, GONGJI_ENGLISH);
    printf("%s %lld.%04lld\n%s", group.group, group.points_e4 / 10000, group.points_e4 % 10000,
           text);
    gongji_dip_close(dip);
    return 0;
}
