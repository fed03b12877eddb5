/* SPDX-License-Identifier: Apache-2.0
 *
 * placement - on which CPUs a process runs and from which memory nodes it gets its memory
 *
 * config.md#linux-process (execCPUAffinity); config-linux.md#memory-policy. What set_mempolicy(2) would answer with EINVAL for
 * all hosts is refused here, in words.
 */
#include "plan/placement.h"

#include "base/ranges.h"
#include "kernel/mempolicy.h"

int plan_cpus(const char *list, const char *pointer, struct arena *a, const struct affinity **out, struct err *e)
{
	struct affinity *cpus;
	int n;

	*out = NULL;
	if (list == NULL)
		return 0;
	cpus = arena_alloc(a, sizeof(*cpus));
	if (cpus == NULL)
		return err_memory(e);
	n = ranges_read(list, cpus->set, AFFINITY_CPUS, e);
	if (n < 0) {
		e->kind = ERR_CONFIG;
		(void)err_in(e, "invalid list of CPUs"); /* -1 is what is returned */
		return err_at(e, "%s", pointer);
	}
	if (n > 0)
		*out = cpus;
	return 0;
}

/* --- memory policy --------------------------------------------------------------------------------------------------- */

enum nodes_wanted { NODES_NONE, NODES_ANY, NODES_SOME };

static const struct {
	int mode;
	enum nodes_wanted nodes;
	bool balancing; /* takes MPOL_F_NUMA_BALANCING */
} modes[] = {
	[OCI_MPOL_DEFAULT] = { MEMPOLICY_DEFAULT, NODES_NONE, false },
	[OCI_MPOL_BIND] = { MEMPOLICY_BIND, NODES_SOME, true },
	[OCI_MPOL_INTERLEAVE] = { MEMPOLICY_INTERLEAVE, NODES_SOME, false },
	[OCI_MPOL_WEIGHTED_INTERLEAVE] = { MEMPOLICY_WEIGHTED_INTERLEAVE, NODES_SOME, false },
	[OCI_MPOL_PREFERRED] = { MEMPOLICY_PREFERRED, NODES_ANY, false },
	[OCI_MPOL_PREFERRED_MANY] = { MEMPOLICY_PREFERRED_MANY, NODES_SOME, true },
	[OCI_MPOL_LOCAL] = { MEMPOLICY_LOCAL, NODES_NONE, false },
};
_Static_assert(array_len(modes) == OCI_MPOL_COUNT, "every word has its mode");

static const int mode_flags[] = {
	[OCI_MPOL_FLAG_NUMA_BALANCING] = MEMPOLICY_NUMA_BALANCING,
	[OCI_MPOL_FLAG_RELATIVE_NODES] = MEMPOLICY_RELATIVE_NODES,
	[OCI_MPOL_FLAG_STATIC_NODES] = MEMPOLICY_STATIC_NODES,
};
_Static_assert(array_len(mode_flags) == OCI_MPOL_FLAG_COUNT, "every word has its flag");

static int read_nodes(const struct oci_memory_policy *in, struct mempolicy *out, struct arena *a, struct err *e)
{
	const char *name = json_word(&oci_mpol_words, in->mode);
	unsigned long *set = arena_alloc(a, RANGES_WORDS(MEMPOLICY_NODES_MAX) * sizeof(*set));
	int n;

	if (set == NULL)
		return err_memory(e);
	n = ranges_read(in->nodes != NULL ? in->nodes : "", set, MEMPOLICY_NODES_MAX, e);
	if (n < 0) {
		e->kind = ERR_CONFIG;
		(void)err_in(e, "invalid memory policy nodes"); /* -1 is what is returned */
		return err_at(e, "/linux/memoryPolicy/nodes");
	}
	if (n > 0 && modes[in->mode].nodes == NODES_NONE)
		return err_config(e, "/linux/memoryPolicy/nodes",
		                  "invalid memory policy nodes: %s: this mode requires 0 nodes but got %d", name, n);
	if (n == 0 && modes[in->mode].nodes == NODES_SOME)
		return err_config(e, "/linux/memoryPolicy/nodes",
		                  "invalid memory policy nodes: %s: this mode requires at least one node but got 0",
		                  name);
	out->nodes = n > 0 ? set : NULL;
	return 0;
}

static int read_flags(const struct oci_memory_policy *in, struct mempolicy *out, struct err *e)
{
	static const char at[] = "/linux/memoryPolicy/flags";
	const int fixed = MEMPOLICY_STATIC_NODES | MEMPOLICY_RELATIVE_NODES;
	int flags = 0;

	for (size_t i = 0; i < in->flags.n; i++)
		flags |= mode_flags[in->flags.items[i]];
	if ((flags & fixed) == fixed)
		return err_config(e, at,
		                  "invalid memory policy flags: MPOL_F_STATIC_NODES excludes MPOL_F_RELATIVE_NODES");
	if ((flags & fixed) != 0 && out->nodes == NULL && in->mode != OCI_MPOL_DEFAULT)
		return err_config(e, at, "invalid memory policy flags: %s says nothing without nodes",
		                  (flags & MEMPOLICY_STATIC_NODES) != 0 ? "MPOL_F_STATIC_NODES"
		                                                        : "MPOL_F_RELATIVE_NODES");
	if ((flags & MEMPOLICY_NUMA_BALANCING) != 0 && !modes[in->mode].balancing)
		return err_config(e, at, "invalid memory policy flags: MPOL_F_NUMA_BALANCING is not for the mode %s",
		                  out->name);
	out->mode |= flags;
	return 0;
}

int plan_memory_policy(struct plan *p, struct arena *a, struct err *e)
{
	const struct oci_memory_policy *in = p->spec->linux_ != NULL ? p->spec->linux_->memory_policy : NULL;
	struct mempolicy *out;

	if (in == NULL)
		return 0;
	if (in->mode == OCI_MPOL_UNSET)
		return err_config(e, "/linux/memoryPolicy", "invalid memory policy mode: it is required");
	out = arena_alloc(a, sizeof(*out));
	if (out == NULL)
		return err_memory(e);
	*out = (struct mempolicy){ .mode = modes[in->mode].mode, .name = json_word(&oci_mpol_words, in->mode) };
	if (read_nodes(in, out, a, e) < 0 || read_flags(in, out, e) < 0)
		return -1;
	p->memory_policy = out;
	return 0;
}
