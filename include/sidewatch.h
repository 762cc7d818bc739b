/*
 * sidewatch: finds web attacks in a copy of the traffic.
 *
 * This file is generated from ffi/src by `make header`; CI fails if the two differ.
 *
 * Conventions
 * - One prefix `sidewatch_`, then noun, then verb. Handles are opaque.
 * - Input bytes are borrowed only during the call. A pointer may be NULL where its length is 0.
 * - Out-parameters come last and are written only on SIDEWATCH_OK, but for reason buffers.
 * - Every function is inside a panic boundary: a failure means 'no verdict', never a crash of the host.
 * - An engine is shared between threads; a transaction belongs to one thread at a time. A transaction keeps what it
 *   needs of its engine: the engine may be freed first.
 * - Strings of a finding or an event stay valid until the next call on that transaction that is not a plain getter.
 */


#ifndef SIDEWATCH_H
#define SIDEWATCH_H

#include <stddef.h>
#include <stdint.h>

/*
 The call did what was asked.
 */
#define SIDEWATCH_OK 0

/*
 A pointer was NULL where none may be, or an argument is out of range.
 */
#define SIDEWATCH_ERROR_ARGUMENT -1

/*
 The policy was refused; the reason tells line, column and what is wrong.
 */
#define SIDEWATCH_ERROR_POLICY -2

/*
 There is no element of that number.
 */
#define SIDEWATCH_ERROR_INDEX -3

/*
 The library failed inside; the transaction has no verdict until it is reset.
 */
#define SIDEWATCH_ERROR_INTERNAL -4

/*
 Version of this ABI: the upper 16 bits change when a program built for another version cannot work, the lower 16
 when something was added. A host compares the upper half with the one it was built with.
 */
#define SIDEWATCH_ABI_VERSION 65536

/*
 HTTP/0.9.
 */
#define SIDEWATCH_HTTP_0_9 9

/*
 HTTP/1.0.
 */
#define SIDEWATCH_HTTP_1_0 10

/*
 HTTP/1.1.
 */
#define SIDEWATCH_HTTP_1_1 11

/*
 HTTP/2.
 */
#define SIDEWATCH_HTTP_2 20

/*
 HTTP/3.
 */
#define SIDEWATCH_HTTP_3 30

/*
 Nothing was found.
 */
#define SIDEWATCH_VERDICT_PASS 0

/*
 Something was found, too little to call it an attack.
 */
#define SIDEWATCH_VERDICT_SUSPICIOUS 1

/*
 An attack.
 */
#define SIDEWATCH_VERDICT_ATTACK 2

/*
 An engine: immutable, shared by all threads. Made by sidewatch_engine_new, freed by sidewatch_engine_free.
 */
typedef struct sidewatch_engine sidewatch_engine;

/*
 A transaction: used by one thread at a time, reusable. Made by sidewatch_transaction_new, freed by
 sidewatch_transaction_free.
 */
typedef struct sidewatch_transaction sidewatch_transaction;

/*
 Text that belongs to the transaction: UTF-8, not ended by NUL.
 */
typedef struct {
  /*
   First byte; never NULL.
   */
  const uint8_t *data;
  /*
   Length in bytes.
   */
  size_t len;
} sidewatch_text;

/*
 An attack that was found. Texts stay valid until the next call on the transaction that is not a plain getter.
 */
typedef struct {
  /*
   Name of the class: `sqli`.
   */
  sidewatch_text class_name;
  /*
   Name of the technique: `union-select`.
   */
  sidewatch_text technique;
  /*
   Where it stands: `query.q|base64|json.cmd`.
   */
  sidewatch_text point;
  /*
   The part that tells, masked.
   */
  sidewatch_text excerpt;
  /*
   Why, for a person.
   */
  sidewatch_text reason;
  /*
   Where it begins in the value at `point`, in bytes.
   */
  uint64_t offset;
  /*
   Length of the part that tells, in bytes.
   */
  uint64_t length;
  /*
   Number of the class.
   */
  uint32_t class_number;
  /*
   CWE number, 0 if there is none.
   */
  uint32_t cwe;
  /*
   How sure it is, 1 to 100.
   */
  uint32_t confidence;
  /*
   How bad it is if it works: 1 low, 2 medium, 3 high, 4 critical.
   */
  uint32_t severity;
} sidewatch_finding;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 Builds an engine from a policy in TOML; an empty policy is the default one. If the policy is refused
 (SIDEWATCH_ERROR_POLICY), `reason` receives line, column and what is wrong as text with a final NUL, cut to
 `reason_size` bytes; it is an empty string otherwise. `reason` may be NULL with size 0.

 # Safety
 `policy` points to `policy_len` bytes, `reason` to `reason_size` writable bytes, `out` to a writable pointer.
 */
int32_t sidewatch_engine_new(const uint8_t *policy,
                             size_t policy_len,
                             char *reason,
                             size_t reason_size,
                             sidewatch_engine **out);

/*
 Frees an engine; its transactions live on. NULL is nothing.

 # Safety
 `engine` is NULL or came from sidewatch_engine_new and is not used any more.
 */
void sidewatch_engine_free(sidewatch_engine *engine);

/*
 The number of findings so far. A plain getter.

 # Safety
 `tx` is live and used by no other thread; `out` is writable.
 */
int32_t sidewatch_transaction_finding_count(const sidewatch_transaction *tx, size_t *out);

/*
 The finding of that number, from 0. A plain getter.

 # Safety
 `tx` is live and used by no other thread; `out` is writable.
 */
int32_t sidewatch_transaction_finding(const sidewatch_transaction *tx, size_t index, sidewatch_finding *out);

/*
 The ABI version of the library that is loaded; compare it with SIDEWATCH_ABI_VERSION of the header.
 */
uint32_t sidewatch_abi_version(void);

/*
 The version of the library as text, `0.1.0`. Never NULL, never to be freed.
 */
const char *sidewatch_version(void);

/*
 What a result code means, in words. Never NULL, never to be freed.
 */
const char *sidewatch_result_text(int32_t result);

/*
 Makes a transaction of `engine`.

 # Safety
 `engine` is live; `out` points to a writable pointer.
 */
int32_t sidewatch_transaction_new(const sidewatch_engine *engine, sidewatch_transaction **out);

/*
 Frees a transaction. NULL is nothing.

 # Safety
 `tx` is NULL or came from sidewatch_transaction_new and is not used any more.
 */
void sidewatch_transaction_free(sidewatch_transaction *tx);

/*
 Makes the transaction as new; its memory is kept.

 # Safety
 `tx` is live and used by no other thread.
 */
int32_t sidewatch_transaction_reset(sidewatch_transaction *tx);

/*
 When the transaction began, in nanoseconds since the Unix epoch.

 # Safety
 `tx` is live and used by no other thread.
 */
int32_t sidewatch_transaction_set_time(sidewatch_transaction *tx, uint64_t unix_nanoseconds);

/*
 The host's identifier of the transaction, shown in events; at most 128 bytes are kept.

 # Safety
 `tx` is live and used by no other thread; each pointer points to its length of bytes.
 */
int32_t sidewatch_transaction_set_id(sidewatch_transaction *tx, const uint8_t *id, size_t id_len);

/*
 Where the request came from: an IPv4 or IPv6 address as text, and a port (0 if unknown).

 # Safety
 `tx` is live and used by no other thread; each pointer points to its length of bytes.
 */
int32_t sidewatch_transaction_set_client(sidewatch_transaction *tx,
                                         const uint8_t *address,
                                         size_t address_len,
                                         uint16_t port);

/*
 Where the request went: an IPv4 or IPv6 address as text, and a port (0 if unknown).

 # Safety
 `tx` is live and used by no other thread; each pointer points to its length of bytes.
 */
int32_t sidewatch_transaction_set_server(sidewatch_transaction *tx,
                                         const uint8_t *address,
                                         size_t address_len,
                                         uint16_t port);

/*
 The request line: method and target as received, and one of SIDEWATCH_HTTP_*, or 0 if unknown.

 # Safety
 `tx` is live and used by no other thread; each pointer points to its length of bytes.
 */
int32_t sidewatch_transaction_request_line(sidewatch_transaction *tx,
                                           const uint8_t *method,
                                           size_t method_len,
                                           const uint8_t *target,
                                           size_t target_len,
                                           uint32_t version);

/*
 One header field of the request; call it for each in order.

 # Safety
 `tx` is live and used by no other thread; each pointer points to its length of bytes.
 */
int32_t sidewatch_transaction_request_header(sidewatch_transaction *tx,
                                             const uint8_t *name,
                                             size_t name_len,
                                             const uint8_t *value,
                                             size_t value_len);

/*
 The head of the request is complete.

 # Safety
 `tx` is live and used by no other thread.
 */
int32_t sidewatch_transaction_request_head_end(sidewatch_transaction *tx);

/*
 The next piece of the request's body, transfer coding removed.

 # Safety
 `tx` is live and used by no other thread; each pointer points to its length of bytes.
 */
int32_t sidewatch_transaction_request_body(sidewatch_transaction *tx, const uint8_t *data, size_t data_len);

/*
 One trailer field of the request.

 # Safety
 `tx` is live and used by no other thread; each pointer points to its length of bytes.
 */
int32_t sidewatch_transaction_request_trailer(sidewatch_transaction *tx,
                                              const uint8_t *name,
                                              size_t name_len,
                                              const uint8_t *value,
                                              size_t value_len);

/*
 The next bytes of one HTTP/1.x request, instead of its parts: the library parses them. Bytes that are not HTTP, or come
 after the request, are judged as raw text.

 # Safety
 `tx` is live and used by no other thread; `data` points to its length of bytes.
 */
int32_t sidewatch_transaction_request_bytes(sidewatch_transaction *tx,
                                            const uint8_t *data,
                                            size_t data_len);

/*
 The request is complete: the findings take their final order.

 # Safety
 `tx` is live and used by no other thread.
 */
int32_t sidewatch_transaction_request_end(sidewatch_transaction *tx);

/*
 The status line of the final response; status 0 if it has none. `version` as for the request.

 # Safety
 `tx` is live and used by no other thread.
 */
int32_t sidewatch_transaction_response_line(sidewatch_transaction *tx, uint16_t status, uint32_t version);

/*
 One header field of the response; call it for each in order.

 # Safety
 `tx` is live and used by no other thread; each pointer points to its length of bytes.
 */
int32_t sidewatch_transaction_response_header(sidewatch_transaction *tx,
                                              const uint8_t *name,
                                              size_t name_len,
                                              const uint8_t *value,
                                              size_t value_len);

/*
 The head of the response is complete.

 # Safety
 `tx` is live and used by no other thread.
 */
int32_t sidewatch_transaction_response_head_end(sidewatch_transaction *tx);

/*
 The next piece of the response's body, transfer coding removed.

 # Safety
 `tx` is live and used by no other thread; each pointer points to its length of bytes.
 */
int32_t sidewatch_transaction_response_body(sidewatch_transaction *tx, const uint8_t *data, size_t data_len);

/*
 The response is complete.

 # Safety
 `tx` is live and used by no other thread.
 */
int32_t sidewatch_transaction_response_end(sidewatch_transaction *tx);

/*
 What the findings so far add up to: one of SIDEWATCH_VERDICT_*. A plain getter.

 # Safety
 `tx` is live and used by no other thread; `out` is writable.
 */
int32_t sidewatch_transaction_verdict(sidewatch_transaction *tx, uint32_t *out);

/*
 The event of the transaction as one JSON object without a line end or a final NUL. The text stays valid until
 the next call on this transaction that is not a plain getter.

 # Safety
 `tx` is live and used by no other thread; the out-parameters are writable.
 */
int32_t sidewatch_transaction_event_json(sidewatch_transaction *tx, const uint8_t **out, size_t *out_len);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SIDEWATCH_H */
