/*
 * Sends each line of the standard input, "GROUP TEXT", to that group, and ends with status 0 when
 * everything is delivered.
 *
 *   cc send.c -o send $(pkg-config --cflags --libs awps)
 *   echo "device-7 on" | ./send [SOCKET]
 */

#define _POSIX_C_SOURCE 200809L

#include <awps/client/awps.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_outcome(const awps_outcome* outcome, void* context) {
  atomic_int* failures = context;
  if (outcome->is_good) return;
  atomic_fetch_add(failures, 1);
  fprintf(stderr, "line %llu: %s\n", (unsigned long long)outcome->tag, outcome->error_message);
}

static void on_notice(const char* text, void* context) {
  (void)context;
  fprintf(stderr, "%s\n", text);
}

static uint64_t send_line(awps_producer* producer, char* line, uint64_t number, awps_error* error) {
  char* text = strchr(line, ' ');
  if (text != NULL) *text++ = '\0';
  const awps_fields fields = {.tag = number};
  return awps_send_to_group(producer, line, awps_text(text), &fields, error);
}

int main(int argc, char** argv) {
  atomic_int failures = 0;
  awps_options options;
  awps_options_init(&options);
  if (argc > 1) options.socket_path = argv[1];
  options.name = "c example";
  options.deduplicate = 1; /* what is sent again after a lost connection is carried out once */
  options.on_outcome = on_outcome;
  options.on_notice = on_notice;
  options.context = &failures;

  awps_error error;
  awps_producer* producer = awps_open(&options, &error);
  if (producer == NULL) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }

  char* line = NULL;
  size_t capacity = 0;
  for (uint64_t number = 1; getline(&line, &capacity, stdin) > 0; ++number) {
    line[strcspn(line, "\n")] = '\0';
    if (send_line(producer, line, number, &error) != 0) continue;
    atomic_fetch_add(&failures, 1);
    fprintf(stderr, "line %llu: %s\n", (unsigned long long)number, error.message);
  }
  free(line);

  const int closed = awps_close(producer, 60 * 1000, &error);
  if (closed != 0) fprintf(stderr, "%s\n", error.message);
  awps_destroy(producer);
  return closed == 0 && atomic_load(&failures) == 0 ? 0 : 1;
}
