/* SPDX-License-Identifier: GPL-3.0-or-later */

/* check_asyncos: a Nagios/Icinga plugin. One answer on stdout, one exit code. */

#include "plugin/asyncos.h"

int main(int argc, char **argv)
{
    return asyncos_main(argc, argv, NULL);
}
