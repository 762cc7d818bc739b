/* What the parts of programs in docs/embedding.md and docs/abi.md stand among. */
#include <sidewatch.h>
#include <stdio.h>

#define TEXT(literal) (const uint8_t *)(literal), sizeof(literal) - 1

extern sidewatch_engine *engine;
extern sidewatch_transaction *tx;
extern sidewatch_connection *connection;
int next_request(sidewatch_transaction *tx);
