// Inspects one request from C++: handles are freed by unique_ptr, failures are exceptions.
//
//   c++ -std=c++17 inspect.cpp $(pkg-config --cflags --libs sidewatch) -o inspect && ./inspect
#include <sidewatch.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

struct Free {
    void operator()(sidewatch_engine *engine) const { sidewatch_engine_free(engine); }
    void operator()(sidewatch_transaction *tx) const { sidewatch_transaction_free(tx); }
};
using Engine = std::unique_ptr<sidewatch_engine, Free>;
using Transaction = std::unique_ptr<sidewatch_transaction, Free>;

void check(int32_t result, const std::string &reason = {}) {
    if (result != SIDEWATCH_OK) {
        throw std::runtime_error(reason.empty() ? sidewatch_result_text(result) : reason);
    }
}

const uint8_t *bytes(std::string_view text) { return reinterpret_cast<const uint8_t *>(text.data()); }
std::string_view view(sidewatch_text text) { return {reinterpret_cast<const char *>(text.data), text.len}; }

Engine engine_of(std::string_view policy) {
    char reason[256];
    sidewatch_engine *engine = nullptr;
    check(sidewatch_engine_new(bytes(policy), policy.size(), reason, sizeof reason, &engine), reason);
    return Engine(engine);
}

Transaction transaction_of(const Engine &engine) {
    sidewatch_transaction *tx = nullptr;
    check(sidewatch_transaction_new(engine.get(), &tx));
    return Transaction(tx);
}

} // namespace

int main() try {
    check(sidewatch_abi_check(SIDEWATCH_ABI_VERSION));
    const Engine engine = engine_of("[detection]\nsensitivity = \"default\"\n");
    const Transaction tx = transaction_of(engine);
    constexpr std::string_view request =
        "GET /item?id=1%27%20union%20select%20password%20from%20users-- HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    check(sidewatch_transaction_request_bytes(tx.get(), bytes(request), request.size()));
    check(sidewatch_transaction_request_end(tx.get()));

    sidewatch_summary summary{};
    summary.size = sizeof summary;
    check(sidewatch_transaction_summary(tx.get(), &summary));
    for (size_t i = 0; i < summary.finding_count; i++) {
        sidewatch_finding finding{};
        check(sidewatch_transaction_finding(tx.get(), i, &finding));
        std::cout << view(finding.class_name) << " at " << view(finding.point) << ": " << view(finding.reason) << '\n';
    }
    return summary.verdict == SIDEWATCH_VERDICT_ATTACK ? 0 : 1;
} catch (const std::exception &e) {
    std::cerr << "sidewatch: " << e.what() << '\n';
    return 1;
}
