/* SPDX-License-Identifier: Apache-2.0
 *
 * notify - both ends of sd_notify(3), for bats/notify.bats
 *
 *	notify send TEXT		to $NOTIFY_SOCKET
 *	notify listen ADDRESS FILE	a datagram socket; each message goes to FILE, its lines joined by blanks; until it is killed
 *
 * An ADDRESS that begins with @ is abstract.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static socklen_t address(const char *text, struct sockaddr_un *to)
{
	size_t len = strlen(text);

	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(to->sun_path, text, len);
	if (text[0] != '@')
		return sizeof(*to);
	to->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static int send_text(const char *text)
{
	const char *to = getenv("NOTIFY_SOCKET");
	int sock = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct sockaddr_un addr;
	socklen_t len;

	if (to == NULL)
		return 2;
	len = address(to, &addr);
	if (sendto(sock, text, strlen(text), 0, (struct sockaddr *)&addr, len) < 0) {
		perror(to);
		return 1;
	}
	return 0;
}

static int listen_at(const char *at, const char *file)
{
	int sock = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct sockaddr_un addr;
	socklen_t len = address(at, &addr);
	char text[4096];
	ssize_t n;

	if (bind(sock, (struct sockaddr *)&addr, len) < 0) {
		perror(at);
		return 1;
	}
	while ((n = recv(sock, text, sizeof(text) - 1, 0)) >= 0) {
		FILE *out = fopen(file, "a");

		if (out == NULL)
			return 1;
		text[n] = '\0';
		for (char *p = text; *p != '\0'; p++)
			if (*p == '\n')
				*p = ' ';
		fprintf(out, "%s\n", text);
		fclose(out);
	}
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "send") == 0)
		return send_text(argv[2]);
	if (argc == 4 && strcmp(argv[1], "listen") == 0)
		return listen_at(argv[2], argv[3]);
	return 2;
}
