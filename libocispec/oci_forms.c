/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_forms.c - the forms a string may have to take: the patterns of the published schema, and SemVer.
 *
 * Text: https://semver.org/spec/v2.0.0.html
 */
#include "libocispec/oci_forms.h"

#include <string.h>

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool identifier_char(char c)
{
	return digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
}

/* A number without leading zeros at P; returns its end, or NULL. */
static const char *semver_number(const char *p)
{
	const char *end = p;

	while (digit(*end))
		end++;
	return end == p || (*p == '0' && end - p > 1) ? NULL : end;
}

/* Dot separated identifiers at P: pre-release (NUMBERS: no leading zeros) or build metadata; their end, or NULL. */
static const char *semver_identifiers(const char *p, bool numbers)
{
	for (;; p++) {
		const char *start = p;
		bool numeric = true;

		for (; identifier_char(*p); p++)
			numeric = numeric && digit(*p);
		if (p == start || (numbers && numeric && *start == '0' && p - start > 1))
			return NULL;
		if (*p != '.')
			return p;
	}
}

/* Strings handed to a form hold no NUL but the one that ends them. */
static bool semver(const char *p, size_t len)
{
	const char *end = p + len;

	for (int part = 0; part < 3; part++) {
		p = semver_number(p);
		if (!p || (part < 2 && *p++ != '.'))
			return false;
	}
	if (*p == '-' && !(p = semver_identifiers(p + 1, true)))
		return false;
	if (*p == '+' && !(p = semver_identifiers(p + 1, false)))
		return false;
	return p == end;
}

static bool semver_1(const char *p, size_t len)
{
	return semver(p, len) && p[0] == '1' && p[1] == '.';
}

static bool page_size(const char *p, size_t len)
{
	size_t digits = strspn(p, "0123456789");

	return digits > 0 && *p != '0' && len == digits + 2 && strchr("KMG", p[digits]) && p[digits + 1] == 'B';
}

static bool cpu_list(const char *p, size_t len)
{
	return strspn(p, "0123456789, -") == len;
}

static bool mem_bw_schema(const char *p, size_t len)
{
	return strncmp(p, "MB:", 3) == 0 && !memchr(p, '\n', len);
}

static bool capability(const char *p, size_t len)
{
	return strncmp(p, "CAP_", 4) == 0 && len > 4 && strspn(p + 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == len - 4;
}

const struct json_form oci_form_version = { "a version such as \"1.3.0\"", semver };
const struct json_form oci_form_version_1 = { "a version 1.x.y such as \"1.3.0\"", semver_1 };
const struct json_form oci_form_page_size = { "a size such as \"64KB\", \"2MB\" or \"1GB\"", page_size };
const struct json_form oci_form_cpu_list = { "a list of CPUs such as \"0-3,7\"", cpu_list };
const struct json_form oci_form_mem_bw_schema = { "one line that begins with \"MB:\"", mem_bw_schema };
const struct json_form oci_form_capability = { "a capability such as \"CAP_CHOWN\"", capability };
