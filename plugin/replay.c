/* SPDX-License-Identifier: GPL-3.0-or-later */

/* postcheck-replay: what check_asyncos becomes when it has to judge something. */

#include "plugin/asyncos.h"

int main(int argc, char **argv)
{
    return asyncos_main(argc, argv, NULL);
}
