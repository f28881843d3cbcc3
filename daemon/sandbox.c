/* sandbox: the part that is the same on every system; see sandbox.h. */
#include "daemon/sandbox.h"

const char *sandbox_name(unsigned level)
{
	static const char *const names[] = { "none", "limits", "seccomp", "limits, seccomp", "landlock", "limits, landlock",
					     "seccomp, landlock", "limits, seccomp, landlock" };

	return names[level & 7];
}
