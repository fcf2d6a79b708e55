#include "service/pack/pack.h"
void pack_explain(text_buffer *out, const pack *p, str only, lang l){(void)out;(void)p;(void)only;(void)l;}
