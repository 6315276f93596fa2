// SPDX-License-Identifier: GPL-2.0
/*
 * What a shell cannot do: one system call, and the name of its errno.
 *
 *	poke write FILE		write standard input in one piece; "0" or ERRNO
 *	poke read FILE		read to the end; "0" or ERRNO
 *	poke open FILE		open for reading; "0" or ERRNO
 *	poke hold FILE SECONDS	keep FILE open, reading it over and over
 *	poke as UID COMMAND...	become that user and run the command
 *	poke rmmod NAME		unload a module without waiting; "0" or ERRNO
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static char buffer[4 << 20];

static int say(long ret)
{
	puts(ret < 0 ? strerrorname_np(errno) : "0");
	return ret < 0;
}

static int poke_write(const char *path)
{
	size_t length = 0;
	ssize_t got;
	int fd;

	while ((got = read(0, buffer + length, sizeof(buffer) - length)) > 0)
		length += got;
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return say(fd);
	return say(write(fd, buffer, length));
}

static long read_all(int fd)
{
	ssize_t got;

	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		;
	return got;
}

static int poke_read(const char *path, int only_open)
{
	int fd = open(path, O_RDONLY);

	return say(fd < 0 || only_open ? fd : read_all(fd));
}

static int poke_hold(const char *path, int seconds)
{
	time_t end = time(NULL) + seconds;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return say(fd);
	while (time(NULL) < end) {
		read_all(fd);
		lseek(fd, 0, SEEK_SET);
		usleep(10000);
	}
	return 0;
}

static int poke_as(int uid, char **command)
{
	if (setgroups(0, NULL) || setgid(uid) || setuid(uid))
		return say(-1);
	execvp(command[0], command);
	return say(-1);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	if (!strcmp(what, "write"))
		return poke_write(argv[2]);
	if (!strcmp(what, "read") || !strcmp(what, "open"))
		return poke_read(argv[2], *what == 'o');
	if (!strcmp(what, "hold") && argc > 3)
		return poke_hold(argv[2], atoi(argv[3]));
	if (!strcmp(what, "as") && argc > 3)
		return poke_as(atoi(argv[2]), argv + 3);
	if (!strcmp(what, "rmmod"))
		return say(syscall(SYS_delete_module, argv[2], O_NONBLOCK));
	fputs("poke: see its source for what it can do\n", stderr);
	return 2;
}
