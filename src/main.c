// SPDX-License-Identifier: Apache-2.0
// main - a stand-in until the command line is there
#include "version.h"

#include <stdio.h>

int main(void)
{
	return printf("ocirt version %s\ncommit: %s\n", OCIRT_VERSION, OCIRT_COMMIT) < 0;
}
