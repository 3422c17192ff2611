/*
 * The floor that `up` is measured against: the same network by raw netlink, in one process that never forks.
 *
 * usage: floor LIST. The list is made from a bundle's tables (network.mjs), a command a line, done in their order:
 *   netns NAME                     makes a namespace as `ip netns add` does, and enters it; they are counted from 0
 *   enter N                        enters namespace N
 *   sysctl PATH VALUE              writes below /proc/sys
 *   veth N NAME INDEX MAC  N NAME INDEX MAC  MTU      a pair, straight in its two namespaces
 *   address INDEX ADDRESS/LENGTH   on an interface of the namespace that it is in
 *   up INDEX
 * What is asked of one socket is sent in batches, and the answers are read once for each batch.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/run/netns"
#define MOST_NAMESPACES 100000
#define BATCH 128

static int namespaces[MOST_NAMESPACES];
static int namespace_count;
static int asked_in = -1; /* the socket of the namespace that it is in */
static unsigned long line;

static char buffer[BATCH * 512];
static size_t used;
static int waiting;

static void fail(const char *what)
{
	fprintf(stderr, "floor: line %lu: %s: %s\n", line, what, strerror(errno));
	exit(1);
}

/* Sends what is in the buffer and reads an answer for each message. */
static void flush_batch(void)
{
	static char answers[65536];

	if (waiting == 0)
		return;
	if (send(asked_in, buffer, used, 0) < 0)
		fail("send");
	while (waiting > 0) {
		int length = (int)recv(asked_in, answers, sizeof answers, 0);
		struct nlmsghdr *answer = (struct nlmsghdr *)answers;

		if (length < 0)
			fail("recv");
		for (; NLMSG_OK(answer, length); answer = NLMSG_NEXT(answer, length)) {
			struct nlmsgerr *said = NLMSG_DATA(answer);

			if (answer->nlmsg_type != NLMSG_ERROR)
				continue;
			errno = -said->error;
			if (said->error != 0)
				fail("the kernel refuses it");
			waiting--;
		}
	}
	used = 0;
}

/* Begins a message with its fixed part; the caller adds attributes and then calls end_message. */
static struct nlmsghdr *begin_message(int type, int flags, const void *fixed, size_t size)
{
	struct nlmsghdr *message = (struct nlmsghdr *)(buffer + used);

	memset(message, 0, NLMSG_SPACE(size));
	message->nlmsg_len = NLMSG_LENGTH(size);
	message->nlmsg_type = (unsigned short)type;
	message->nlmsg_flags = (unsigned short)(NLM_F_REQUEST | NLM_F_ACK | flags);
	memcpy(NLMSG_DATA(message), fixed, size);
	return message;
}

static void end_message(struct nlmsghdr *message)
{
	used += NLMSG_ALIGN(message->nlmsg_len);
	if (++waiting == BATCH)
		flush_batch();
}

static struct rtattr *add(struct nlmsghdr *message, int type, const void *data, size_t size)
{
	struct rtattr *attribute = (struct rtattr *)((char *)message + NLMSG_ALIGN(message->nlmsg_len));

	memset(attribute, 0, RTA_SPACE(size));
	attribute->rta_type = (unsigned short)type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(size);
	if (size > 0)
		memcpy(RTA_DATA(attribute), data, size);
	message->nlmsg_len = NLMSG_ALIGN(message->nlmsg_len) + RTA_SPACE(size);
	return attribute;
}

/* Closes a nested attribute: it holds all that was added since. */
static void close_nest(struct nlmsghdr *message, struct rtattr *nest)
{
	nest->rta_len = (unsigned short)((char *)message + message->nlmsg_len - (char *)nest);
}

static void enter(int space)
{
	flush_batch();
	if (setns(space, CLONE_NEWNET) != 0)
		fail("setns");
	if (asked_in >= 0)
		close(asked_in);
	asked_in = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (asked_in < 0)
		fail("socket");
}

/* Mounts made in the folder are to be seen in all copies of it, as `ip netns` has it. */
static void prepare_folder(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	mkdir(FOLDER, 0755);
	if (mount("", FOLDER, "none", MS_SHARED | MS_REC, NULL) == 0)
		return;
	if (mount(FOLDER, FOLDER, "none", MS_BIND | MS_REC, NULL) != 0 ||
	    mount("", FOLDER, "none", MS_SHARED | MS_REC, NULL) != 0)
		fail(FOLDER);
}

static void make_namespace(const char *name)
{
	char path[512];
	int file;

	flush_batch();
	snprintf(path, sizeof path, FOLDER "/%s", name);
	file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	if (file < 0)
		fail(path);
	close(file);
	if (unshare(CLONE_NEWNET) != 0 || mount("/proc/self/ns/net", path, "none", MS_BIND, NULL) != 0)
		fail(path);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || namespace_count == MOST_NAMESPACES)
		fail(path);
	namespaces[namespace_count++] = file;
}

static void write_sysctl(const char *name, const char *value)
{
	char path[512];
	int file;

	snprintf(path, sizeof path, "/proc/sys/%s", name);
	file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0 || write(file, value, strlen(value)) < 0)
		fail(path);
	close(file);
}

static void add_end(struct nlmsghdr *message, int space, const char *name, const char *mac, unsigned mtu)
{
	unsigned char bytes[6];
	unsigned one = 1;

	if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", bytes, bytes + 1, bytes + 2, bytes + 3, bytes + 4, bytes + 5) != 6)
		fail(mac);
	add(message, IFLA_IFNAME, name, strlen(name) + 1);
	add(message, IFLA_ADDRESS, bytes, sizeof bytes);
	add(message, IFLA_MTU, &mtu, sizeof mtu);
	add(message, IFLA_NUM_TX_QUEUES, &one, sizeof one);
	add(message, IFLA_NUM_RX_QUEUES, &one, sizeof one);
	add(message, IFLA_NET_NS_FD, &namespaces[space], sizeof namespaces[space]);
}

static void make_veth(const char *arguments)
{
	char name[2][IFNAMSIZ], mac[2][18];
	int space[2];
	unsigned mtu;
	struct ifinfomsg first = { 0 }, second = { 0 };
	struct nlmsghdr *message;
	struct rtattr *info, *data, *peer;

	if (sscanf(arguments, "%d %15s %d %17s %d %15s %d %17s %u", &space[0], name[0], &first.ifi_index, mac[0], &space[1],
		   name[1], &second.ifi_index, mac[1], &mtu) != 9)
		fail(arguments);
	message = begin_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &first, sizeof first);
	add_end(message, space[0], name[0], mac[0], mtu);
	info = add(message, IFLA_LINKINFO, NULL, 0);
	add(message, IFLA_INFO_KIND, "veth", 5);
	data = add(message, IFLA_INFO_DATA, NULL, 0);
	peer = add(message, VETH_INFO_PEER, &second, sizeof second);
	add_end(message, space[1], name[1], mac[1], mtu);
	close_nest(message, peer);
	close_nest(message, data);
	close_nest(message, info);
	end_message(message);
}

static void add_address(const char *arguments)
{
	struct ifaddrmsg fixed = { 0 };
	struct nlmsghdr *message;
	unsigned char bytes[16];
	char text[64];
	unsigned length;

	if (sscanf(arguments, "%u %63[^/]/%u", &fixed.ifa_index, text, &length) != 3)
		fail(arguments);
	fixed.ifa_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	fixed.ifa_prefixlen = (unsigned char)length;
	if (inet_pton(fixed.ifa_family, text, bytes) != 1)
		fail(text);
	message = begin_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &fixed, sizeof fixed);
	add(message, IFA_LOCAL, bytes, fixed.ifa_family == AF_INET ? 4 : 16);
	add(message, IFA_ADDRESS, bytes, fixed.ifa_family == AF_INET ? 4 : 16);
	end_message(message);
}

static void set_up(int index)
{
	struct ifinfomsg fixed = { .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };

	end_message(begin_message(RTM_NEWLINK, 0, &fixed, sizeof fixed));
}

static void carry_out(const char *command, char *arguments)
{
	if (strcmp(command, "netns") == 0) {
		make_namespace(arguments);
		enter(namespaces[namespace_count - 1]);
	} else if (strcmp(command, "enter") == 0) {
		enter(namespaces[atoi(arguments)]);
	} else if (strcmp(command, "sysctl") == 0) {
		char *value = strchr(arguments, ' ');

		if (value == NULL)
			fail(arguments);
		*value = '\0';
		write_sysctl(arguments, value + 1);
	} else if (strcmp(command, "veth") == 0) {
		make_veth(arguments);
	} else if (strcmp(command, "address") == 0) {
		add_address(arguments);
	} else if (strcmp(command, "up") == 0) {
		set_up(atoi(arguments));
	} else {
		errno = EINVAL;
		fail(command);
	}
}

int main(int count, char **words)
{
	FILE *list = count == 2 ? fopen(words[1], "r") : NULL;
	char text[1024];

	if (list == NULL) {
		fprintf(stderr, "usage: floor LIST\n");
		return 2;
	}
	prepare_folder();
	while (fgets(text, sizeof text, list) != NULL) {
		char *arguments = strchr(text, ' ');

		line++;
		text[strcspn(text, "\n")] = '\0';
		if (arguments == NULL)
			fail(text);
		*arguments = '\0';
		carry_out(text, arguments + 1);
	}
	flush_batch();
	return 0;
}
