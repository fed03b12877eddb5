/* SPDX-License-Identifier: Apache-2.0
 *
 * criu_host - what criu has to be told of a container, out of its plan: all that is the host's in it
 *
 * Bind mounts, joined namespaces, standard descriptors and control groups are not in the images: they are named at checkpoint,
 * and given again, perhaps others, under the same name at restore.
 */
#ifndef OCIRT_LIFE_CRIU_HOST_H
#define OCIRT_LIFE_CRIU_HOST_H

#include <limits.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"
#include "libocispec/arena.h"
#include "life/criu.h"
#include "plan/plan.h"

/* Where the images and the logs are. */
struct images {
	int dir, work; /* -1; work: where the logs go */
	char path[PATH_MAX], work_path[PATH_MAX];
};

#define IMAGES_NONE                   \
	{                             \
		.dir = -1, .work = -1 \
	}

enum { CRIU_STDIO = 3 };

/* Opens, and with make makes (0700), the directories; NULL: "checkpoint" in the current directory, and the same for the logs. */
int images_open(struct images *im, const char *image_path, const char *work_path, bool make, struct err *e) must_check;

/*
 * Lets the root of the container's own user namespace read the images: criu opens some of them as that user. Nothing to do for
 * others.
 */
int images_share(const struct images *im, const struct plan *p, struct err *e) must_check;

/* Checkpoint: notes that the container has a directory for $NOTIFY_SOCKET; restore: whether it had. */
int images_note_notify(const struct images *im, struct err *e) must_check;
bool images_have_notify(const struct images *im);

/* Closes. */
void images_close(struct images *im);
#define auto_images __attribute__((cleanup(images_close)))

/*
 * Checkpoint: what the standard descriptors of the container are is written to descriptors.json beside the images, as runc does:
 * ["/dev/null", "pipe:[1234]", ...]. A file of the host is written as criu's key for it, "file[MOUNT:INODE]:PATH", and noted
 * external.
 */
int criu_note_stdio(const struct images *im, pid_t pid, struct arena *a, struct criu_pairs *external,
                    struct err *e) must_check;

/* Restore: copies of our own standard descriptors take the places of those; the caller closes them (criu_drop). */
int criu_give_stdio(const struct images *im, struct arena *a, struct criu_pairs *inherit, struct err *e) must_check;

/* Checkpoint: the mounts of process pid that stand for something of the host. */
int criu_note_mounts(const struct plan *p, pid_t pid, struct arena *a, struct criu_pairs *mounts,
                     struct err *e) must_check;

/*
 * Restore: what stands for them now. root is the root file system at root_path, a mount; places that the image lacks are made.
 */
int criu_give_mounts(const struct plan *p, int root, const char *root_path, struct arena *a, struct criu_pairs *mounts,
                     struct err *e) must_check;

/* Checkpoint: the namespaces of process pid that it joined by path and that criu can leave out. */
int criu_note_namespaces(const struct plan *p, pid_t pid, struct arena *a, struct criu_pairs *external,
                         struct err *e) must_check;

/* Restore: those that it joins now. The descriptors are the caller's to close (criu_drop). */
int criu_give_namespaces(const struct plan *p, struct arena *a, struct criu_pairs *inherit, struct criu_pairs *join,
                         struct err *e) must_check;

/* Closes the descriptors of a list. */
void criu_drop(struct criu_pairs *inherit);

/*
 * The groups that process pid is in, as criu names them, to roots (NULL: not wanted). *mode is CRIU_CGROUPS_IGNORE, if it was the
 * default, where one of them is a root: criu would write down all groups of the host.
 */
int criu_groups(pid_t pid, struct arena *a, struct criu_pairs *roots, unsigned int *mode, struct err *e) must_check;

/* The directory of the container's freezer; NULL: none, or memory ran out. */
const char *criu_freezer(const struct cg_place *place, struct arena *a);

/*
 * *file is the configuration of criu that the annotation org.criu.config asks for ("": none), or the first there is of the usual
 * ones, or NULL.
 */
int criu_config(const struct map_str *annotations, const char **file, struct err *e) must_check;

#endif
