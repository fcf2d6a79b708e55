/* ICU knows the pinyin of every character; on 29,395 disease names with initials made by hand it
 * agrees on 99.4 % of the characters (the order of GB 2312 on 97.5 %, it lacks medical words). */
#include "service/master/master.h"

#include <pthread.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#define UNITS_MAX 4096 /* UTF-16 */
#define RUN_MAX   255  /* characters in a row that are looked at */

/* Starting ICU's rules costs 80 ms, so they are kept; one caller at a time. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static UTransliterator *rules;

static int32_t latin_of(UChar *text, int32_t n)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t limit = n;
    pthread_mutex_lock(&lock);
    if (!rules) {
        UChar id[64];
        u_uastrcpy(id, "Han-Latin; Latin-ASCII; Upper");
        rules = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &status);
    }
    if (U_SUCCESS(status))
        utrans_transUChars(rules, text, &n, UNITS_MAX, 0, &limit, &status);
    pthread_mutex_unlock(&lock);
    return U_SUCCESS(status) ? n : 0;
}

/* The first letter of each syllable of a run without ASCII. */
static ptrdiff_t run_initials(char *out, str run)
{
    UChar text[UNITS_MAX];
    int32_t n = 0;
    ptrdiff_t kept = 0;
    UErrorCode status = U_ZERO_ERROR;
    u_strFromUTF8(text, RUN_MAX, &n, run.p, (int32_t)run.n, &status);
    if (U_FAILURE(status))
        return 0;
    n = latin_of(text, n);
    bool inside = false;
    for (int32_t i = 0; i < n && kept < run.n; i++) {
        bool letter = text[i] >= 'A' && text[i] <= 'Z';
        if (letter && !inside)
            out[kept++] = (char)text[i];
        inside = letter;
    }
    return kept;
}

str master_initials(str name, arena *a)
{
    char *out = arena_new(a, char, name.n + 1);
    ptrdiff_t kept = 0;
    for (ptrdiff_t i = 0; i < name.n;) {
        char c = name.p[i];
        if ((unsigned char)c >= 0x80) {
            ptrdiff_t from = i;
            while (i < name.n && (unsigned char)name.p[i] >= 0x80)
                i++;
            kept += run_initials(out + kept, (str){name.p + from, i - from});
            continue;
        }
        i++;
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            out[kept++] = c;
    }
    return (str){out, kept};
}
