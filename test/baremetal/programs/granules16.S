// The granules of granules.S, and the one of 16 KiB, which newer CPUs have.
#define GRANULE16
#include "granules.S"
