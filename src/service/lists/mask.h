/* mask -- names and numbers of persons, shown so far that those who know them know them again.
 *
 * In:      a name, certificate number or telephone number.
 * Out:     the same with its middle hidden, in an arena.
 * May use: base.
 */
#ifndef LISTS_MASK_H
#define LISTS_MASK_H
#include "base/base.h"

str mask_name(str name, arena *a);   /* the first character: 王小明 is 王**, 张三 is 张* */
str mask_id_no(str id_no, arena *a); /* the first four and the last four: 3509**********1234 */
str mask_phone(str phone, arena *a); /* 138****1234 */

#endif
