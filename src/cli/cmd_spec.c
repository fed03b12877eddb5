/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_spec - a first config.json; and features, what this build can do
 */
#include "cli/commands.h"
#include "version.h"

#define T struct spec_options
static const struct cli_option rows[] = {
	CLI_STR("bundle", 'b', bundle, "DIR", "where to write it, instead of the current directory"),
	CLI_STR("file", 'f', file, "FILE", "name of the configuration in the bundle, instead of config.json"),
	CLI_FLAG("rootless", 0, rootless, "for the calling user, without root's rights"),
};
#undef T

static int spec(struct cli_call *c, struct err *e)
{
	return life_spec(c->options, e);
}

static int features(struct cli_call *c, struct err *e)
{
	static const struct features_options build = { OCIRT_VERSION, OCIRT_COMMIT };
	struct oci_features f;

	if (life_features(&build, c->arena, &f, e) < 0)
		return -1;
	return cli_print_json(oci_features_write(&f, "    ", c->arena, NULL), e);
}

const struct cli_command cmd_spec = {
	.name = "spec",
	.args = "",
	.summary = "write a first config.json",
	.text = "The container it describes runs sh on a read-only root file system in rootfs/, with few rights. An existing "
		"config.json is left alone, which is a failure.",
	CLI_OPTIONS(rows, struct spec_options),
	.run = spec,
};

const struct cli_command cmd_features = {
	.name = "features",
	.args = "",
	.summary = "show what this build can do as JSON (features.md of the runtime-spec)",
	.run = features,
};
