#include "app/command_line.h"

#ifdef CARDEA_MIMALLOC
#include <mimalloc.h>
#endif

int main(int argc, char** argv) {
#ifdef CARDEA_MIMALLOC
  // Memory that was free for 25 ms would go back to the kernel, and the next request fault it in again.
  mi_option_set(mi_option_decommit_delay, 5000);          // ms
  mi_option_set(mi_option_segment_decommit_delay, 5000);  // ms
#endif
  return cardea::app::run_command_line(argc, argv);
}
