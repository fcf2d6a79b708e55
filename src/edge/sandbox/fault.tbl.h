/* What the sandbox can do to a message: name, word, what it is called. */
FAULT(CUT, "cut", "已执行但不回包", "done, but no answer")
FAULT(DELAY, "delay", "已执行，延迟应答", "done, the answer comes late")
FAULT(TWICE, "twice", "重复投递，执行两次", "delivered twice")
FAULT(HALF, "half", "应答只到一半", "half of the answer")
FAULT(HOLD, "hold", "应答乱序，等下一个先走", "the answer waits for the next one")
FAULT(REFUSE, "refuse", "拒绝", "refused")
FAULT(LOSE, "lose", "未执行即断线", "lost before anything is done")
FAULT(UNAVAILABLE, "unavailable", "网关 503", "503 of a gateway")
#undef FAULT
