/* Reads a text after its transaction was freed: a tool that does not see this sees nothing. */
#include "check.h"

int main(void) {
    sidewatch_engine *engine = engine_of("");
    sidewatch_transaction *tx = NULL;
    sidewatch_finding finding;
    OK(sidewatch_transaction_new(engine, &tx));
    verdict_of(tx, attack);
    OK(sidewatch_transaction_finding(tx, 0, &finding));
    sidewatch_transaction_free(tx);
    sidewatch_engine_free(engine);
    printf("%c\n", finding.point.data[0]);
    return 0;
}
