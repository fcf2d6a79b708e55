/* charset -- the bytes of a file as UTF-8: what they are said to be, or what they look like.
 *
 * In:      bytes of UTF-8, or of GB18030 (GBK) as spreadsheets in China save them.
 * Out:     UTF-8, borrowed from the bytes or converted into the caller's memory.
 * May use: base, iconv.
 */
#ifndef CHARSET_CHARSET_H
#define CHARSET_CHARSET_H
#include "base/base.h"

/* CHARSET_ANY: UTF-8, and GB18030 when it is not. */
typedef enum { CHARSET_ANY = 0, CHARSET_UTF8, CHARSET_GB18030 } charset;

/* utf-8, gb18030 or gbk, in small letters. */
bool charset_named(charset *out, str name) MUST_USE;

/* The bytes of memory charset_convert() wants; 0 = they are UTF-8 as they are.  ERR_BAD_UTF8 with a
 * line when they should be UTF-8 and are not. */
bool charset_room(ptrdiff_t *room, str bytes, charset from, err *e) MUST_USE;

/* From GB18030 into `memory`.  ERR_BAD_UTF8 with the line of what is not. */
bool charset_convert(str *out, str bytes, char *memory, ptrdiff_t room, err *e) MUST_USE;

#endif
