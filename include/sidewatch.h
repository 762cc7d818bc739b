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
 * - An engine is shared between threads; a transaction or a connection belongs to one thread at a time. Each keeps what it
 *   needs of its engine: the engine may be freed first.
 * - Strings of a finding or an event stay valid until the next call on that transaction that is not a plain getter.
 * - A structure that begins with `size` may grow: set it to sizeof before the call.
 * - Names, numbers and layouts of this header stay: docs/abi.md tells what may be added, and how.
 * docs/embedding.md is the guide.
 */


#ifndef SIDEWATCH_H
#define SIDEWATCH_H

#include <stddef.h>
#include <stdint.h>

/*
 The host only watches.
 */
#define SIDEWATCH_ACTION_NONE 0

/*
 The host let the request through.
 */
#define SIDEWATCH_ACTION_PASS 1

/*
 The host refused the request.
 */
#define SIDEWATCH_ACTION_BLOCK 2

/*
 Reconnaissance.
 */
#define SIDEWATCH_SEVERITY_LOW 1

/*
 Data of single users at risk.
 */
#define SIDEWATCH_SEVERITY_MEDIUM 2

/*
 Data of the application at risk.
 */
#define SIDEWATCH_SEVERITY_HIGH 3

/*
 The server itself at risk.
 */
#define SIDEWATCH_SEVERITY_CRITICAL 4

/*
 A panic was caught: the transaction or connection it happened in has no verdict.
 */
#define SIDEWATCH_LOG_ERROR 1

/*
 Something the operator has written was refused; what was there before goes on.
 */
#define SIDEWATCH_LOG_WARNING 2

/*
 Something was done as asked: an engine was replaced.
 */
#define SIDEWATCH_LOG_INFO 3

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
 The library failed inside: a transaction has no verdict until it is reset, a connection can only be freed.
 */
#define SIDEWATCH_ERROR_INTERNAL -4

/*
 The file cannot be read; the reason tells its path and why.
 */
#define SIDEWATCH_ERROR_FILE -5

/*
 The library that is loaded does not fit the header the program was built with.
 */
#define SIDEWATCH_ERROR_ABI -6

/*
 Version of this ABI: the upper 16 bits change when a program built for another version cannot work, the lower 16
 when something was added. A host compares the upper half with the one it was built with.
 */
#define SIDEWATCH_ABI_VERSION 65536

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
 One TCP connection, cut into transactions: used by one thread at a time. Made by sidewatch_connection_new, freed by
 sidewatch_connection_free. Memory is bounded by the policy's limits, but for ended transactions that nobody takes.
 */
typedef struct sidewatch_connection sidewatch_connection;

/*
 An engine: immutable, shared by all threads. Made by sidewatch_engine_new, sidewatch_engine_new_from_file or
 sidewatch_slot_engine, freed by sidewatch_engine_free.
 */
typedef struct sidewatch_engine sidewatch_engine;

/*
 A slot: holds one engine at a time, shared by all threads. Transactions that began keep their engine, the next ones get
 the new one. Made by sidewatch_slot_new, freed by sidewatch_slot_free.
 */
typedef struct sidewatch_slot sidewatch_slot;

/*
 A transaction: used by one thread at a time, reusable. Made by sidewatch_transaction_new, sidewatch_slot_transaction or
 sidewatch_connection_next_transaction, freed by sidewatch_transaction_free.
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
 A class of attack.
 */
typedef struct {
  /*
   To be set to sizeof(sidewatch_class) before the call; after it, the bytes that were filled.
   */
  size_t size;
  /*
   The stable name: `sqli`.
   */
  sidewatch_text name;
  /*
   What an attacker gains, in one sentence.
   */
  sidewatch_text gain;
  /*
   The stable number.
   */
  uint32_t number;
  /*
   CWE number, 0 if there is none.
   */
  uint32_t cwe;
  /*
   How bad it is if it works: one of SIDEWATCH_SEVERITY_*.
   */
  uint32_t severity;
  /*
   0.
   */
  uint32_t reserved;
} sidewatch_class;

/*
 An oddity of the protocol, or a limit that was reached.
 */
typedef struct {
  /*
   To be set to sizeof(sidewatch_anomaly) before the call; after it, the bytes that were filled.
   */
  size_t size;
  /*
   The stable name: `bare_lf`.
   */
  sidewatch_text name;
  /*
   What it means, in one sentence.
   */
  sidewatch_text meaning;
  /*
   The stable number.
   */
  uint32_t number;
  /*
   1 if it says that a limit of the policy was reached, else 0.
   */
  uint32_t is_limit;
} sidewatch_anomaly;

/*
 The limits of a policy; docs/policy.md describes them.
 */
typedef struct {
  /*
   To be set to sizeof(sidewatch_limits) before the call; after it, the bytes that were filled.
   */
  size_t size;
  /*
   Longest request line or header field kept whole, in bytes.
   */
  uint64_t field;
  /*
   Most header fields.
   */
  uint64_t headers;
  /*
   Most parameters, fields, keys or elements of a message.
   */
  uint64_t params;
  /*
   Deepest nesting of JSON, XML or multipart.
   */
  uint64_t nesting;
  /*
   Most decoders one after the other.
   */
  uint64_t decode_depth;
  /*
   Most bytes that decoding may produce of a value, as a multiple of its bytes.
   */
  uint64_t decode_factor;
  /*
   Most bytes a body may inflate to.
   */
  uint64_t inflate_bytes;
  /*
   Highest ratio of inflated to compressed bytes.
   */
  uint64_t inflate_ratio;
  /*
   Most findings per transaction.
   */
  uint64_t findings;
  /*
   Longest excerpt, in bytes.
   */
  uint64_t excerpt;
  /*
   Bytes of each decoded body that are kept for the host.
   */
  uint64_t keep_body;
  /*
   Most requests of a connection that may wait for their response.
   */
  uint64_t pipelined;
} sidewatch_limits;

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
   How bad it is if it works: one of SIDEWATCH_SEVERITY_*.
   */
  uint32_t severity;
} sidewatch_finding;

/*
 More of a finding. Texts of the transaction stay valid as those of sidewatch_finding do.
 */
typedef struct {
  /*
   To be set to sizeof(sidewatch_finding_details) before the call; after it, the bytes that were filled.
   */
  size_t size;
  /*
   The part that tells, as the attacked language's lexer reads it: `string-end or number = number comment`.
   */
  sidewatch_text tokens;
  /*
   What an attacker gains by this class, in one sentence.
   */
  sidewatch_text gain;
  /*
   What the technique means, in one line.
   */
  sidewatch_text meaning;
  /*
   The attack patterns of CAPEC that the technique is one of: `capec_count` numbers, never freed.
   */
  const uint16_t *capec;
  /*
   How many there are; 0 if none is known.
   */
  size_t capec_count;
} sidewatch_finding_details;

/*
 Takes messages: the pointer given to sidewatch_log_set, one of SIDEWATCH_LOG_*, and one line of UTF-8 without control
 characters, `message_len` bytes and a final NUL, valid during the call. No lock is held: it may call the library,
 but not use the handle whose call it is called from. It may run in several threads at once, and must not throw or
 longjmp.
 */
typedef void (*sidewatch_log_callback)(void *user_data,
                                       uint32_t level,
                                       const char *message,
                                       size_t message_len);

/*
 What an engine has seen since it was made. A transaction counts when it is reset, freed or recycled; each number only
 grows. They are read one by one while other threads count: two of them may be a transaction apart.
 */
typedef struct {
  /*
   To be set to sizeof(sidewatch_statistics) before the call; after it, the bytes that were filled.
   */
  size_t size;
  /*
   Transactions that have seen anything.
   */
  uint64_t transactions;
  /*
   Those with a request.
   */
  uint64_t requests;
  /*
   Those with a response.
   */
  uint64_t responses;
  /*
   Those whose verdict is attack.
   */
  uint64_t attacks;
  /*
   Those whose verdict is suspicious.
   */
  uint64_t suspicious;
  /*
   Findings of all.
   */
  uint64_t findings;
  /*
   Transactions with an anomaly.
   */
  uint64_t anomalous;
  /*
   Transactions that reached a limit of the policy.
   */
  uint64_t limited;
  /*
   Bytes that transactions and connections were fed.
   */
  uint64_t bytes;
  /*
   Panics caught in calls on transactions and connections; their transactions have no verdict.
   */
  uint64_t panics;
  /*
   Connections that were made.
   */
  uint64_t connections;
} sidewatch_statistics;

/*
 Bytes that belong to the transaction, as they were received: any bytes, not masked, not ended by NUL.
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
} sidewatch_bytes;

/*
 What is known of a transaction. Bytes stay valid until the next call on it that is not a plain getter.
 */
typedef struct {
  /*
   To be set to sizeof(sidewatch_summary) before the call; after it, the bytes that were filled.
   */
  size_t size;
  /*
   One of SIDEWATCH_VERDICT_*.
   */
  uint32_t verdict;
  /*
   The highest confidence of a finding, 0 if there is none.
   */
  uint32_t score;
  /*
   1 if a request was seen, else 0.
   */
  uint32_t has_request;
  /*
   1 if a response was seen, else 0.
   */
  uint32_t has_response;
  /*
   The status of the response; 0 if it has none.
   */
  uint32_t status;
  /*
   0.
   */
  uint32_t reserved;
  /*
   The number of findings.
   */
  uint64_t finding_count;
  /*
   Bytes of the request's body as received, transfer coding removed.
   */
  uint64_t request_body_bytes;
  /*
   The same of the response's.
   */
  uint64_t response_body_bytes;
  /*
   The method.
   */
  sidewatch_bytes method;
  /*
   The target, cut at the limit `field`.
   */
  sidewatch_bytes target;
  /*
   The host that the request is for: of an absolute target, else of the Host field.
   */
  sidewatch_bytes host;
  /*
   The beginning of the decoded body, at most the limit `keep_body`.
   */
  sidewatch_bytes request_body_kept;
  /*
   The same of the response's.
   */
  sidewatch_bytes response_body_kept;
} sidewatch_summary;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 What the host did with the request: one of SIDEWATCH_ACTION_*, shown in events but for SIDEWATCH_ACTION_NONE.

 # Safety
 `tx` is live and used by no other thread.
 */
int32_t sidewatch_transaction_set_action(sidewatch_transaction *tx, uint32_t action);

/*
 Makes a connection of `engine`.

 # Safety
 `engine` is live; `out` points to a writable pointer.
 */
int32_t sidewatch_connection_new(const sidewatch_engine *engine, sidewatch_connection **out);

/*
 Frees a connection; transactions that were taken from it live on, others are counted if they have ended, and dropped. To
 have a verdict on what is unfinished, close both directions and take the transactions first. NULL is nothing.

 # Safety
 `connection` is NULL or came from sidewatch_connection_new and is not used any more.
 */
void sidewatch_connection_free(sidewatch_connection *connection);

/*
 The time of what is fed next, in nanoseconds since the Unix epoch: transactions that begin from now on began at it.

 # Safety
 `connection` is live and used by no other thread.
 */
int32_t sidewatch_connection_set_time(sidewatch_connection *connection,
                                      uint64_t unix_nanoseconds);

/*
 The two ends of the connection: IPv4 or IPv6 addresses as text, and ports.

 # Safety
 `connection` is live and used by no other thread; each pointer points to its length of bytes.
 */
int32_t sidewatch_connection_set_addresses(sidewatch_connection *connection,
                                           const uint8_t *client,
                                           size_t client_len,
                                           uint16_t client_port,
                                           const uint8_t *server,
                                           size_t server_len,
                                           uint16_t server_port);

/*
 The next bytes sent by the client, as they lay in the stream.

 # Safety
 `connection` is live and used by no other thread; `data` points to its length of bytes.
 */
int32_t sidewatch_connection_client_bytes(sidewatch_connection *connection,
                                          const uint8_t *data,
                                          size_t data_len);

/*
 The next bytes sent by the server, as they lay in the stream.

 # Safety
 `connection` is live and used by no other thread; `data` points to its length of bytes.
 */
int32_t sidewatch_connection_server_bytes(sidewatch_connection *connection,
                                          const uint8_t *data,
                                          size_t data_len);

/*
 Bytes sent by the client, taken up to the end of a message; `used` receives how many. With
 sidewatch_connection_next_transaction after each call no transactions pile up. Call it again with the rest.

 # Safety
 `connection` is live and used by no other thread; `data` points to its length of bytes; `used` is writable.
 */
int32_t sidewatch_connection_client_message(sidewatch_connection *connection,
                                            const uint8_t *data,
                                            size_t data_len,
                                            size_t *used);

/*
 The same for bytes sent by the server.

 # Safety
 `connection` is live and used by no other thread; `data` points to its length of bytes; `used` is writable.
 */
int32_t sidewatch_connection_server_message(sidewatch_connection *connection,
                                            const uint8_t *data,
                                            size_t data_len,
                                            size_t *used);

/*
 So many bytes sent by the client were not captured.

 # Safety
 `connection` is live and used by no other thread.
 */
int32_t sidewatch_connection_client_gap(sidewatch_connection *connection, uint64_t bytes);

/*
 So many bytes sent by the server were not captured.

 # Safety
 `connection` is live and used by no other thread.
 */
int32_t sidewatch_connection_server_gap(sidewatch_connection *connection, uint64_t bytes);

/*
 Bytes sent by the client that differ from those which came first at the same place of the stream (an overlapping
 retransmission): they are judged as raw text.

 # Safety
 `connection` is live and used by no other thread; `data` points to its length of bytes.
 */
int32_t sidewatch_connection_client_conflict(sidewatch_connection *connection,
                                             const uint8_t *data,
                                             size_t data_len);

/*
 The same for bytes sent by the server.

 # Safety
 `connection` is live and used by no other thread; `data` points to its length of bytes.
 */
int32_t sidewatch_connection_server_conflict(sidewatch_connection *connection,
                                             const uint8_t *data,
                                             size_t data_len);

/*
 The client will send no more.

 # Safety
 `connection` is live and used by no other thread.
 */
int32_t sidewatch_connection_client_close(sidewatch_connection *connection);

/*
 The server will send no more: requests that wait for a response end without one.

 # Safety
 `connection` is live and used by no other thread.
 */
int32_t sidewatch_connection_server_close(sidewatch_connection *connection);

/*
 Ends what need not wait any longer: for connections on which nothing has happened for a while, and where only one
 direction is seen. Requests that wait for a response end without one.

 # Safety
 `connection` is live and used by no other thread.
 */
int32_t sidewatch_connection_settle(sidewatch_connection *connection);

/*
 The next transaction that has ended, oldest first, or NULL if there is none. It is the caller's: read it as any other, then
 give it back with sidewatch_connection_recycle or free it. It may outlive its connection.

 # Safety
 `connection` is live and used by no other thread; `out` points to a writable pointer.
 */
int32_t sidewatch_connection_next_transaction(sidewatch_connection *connection,
                                              sidewatch_transaction **out);

/*
 Gives a transaction back, so that its memory is used again. It is freed by this call, whatever the result, and is not to
 be used any more. NULL is nothing.

 # Safety
 `connection` is live and used by no other thread; `tx` is NULL or came from this library and is not used any more.
 */
int32_t sidewatch_connection_recycle(sidewatch_connection *connection,
                                     sidewatch_transaction *tx);

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
 Builds an engine from a file with a policy in TOML. If the file cannot be read (SIDEWATCH_ERROR_FILE) or its policy is
 refused (SIDEWATCH_ERROR_POLICY), `reason` receives path, line, column and what is wrong, as for sidewatch_engine_new.

 # Safety
 `path` ends in NUL, `reason` points to `reason_size` writable bytes, `out` to a writable pointer.
 */
int32_t sidewatch_engine_new_from_file(const char *path,
                                       char *reason,
                                       size_t reason_size,
                                       sidewatch_engine **out);

/*
 Frees an engine; its transactions and connections live on, and so do the slots it is in. NULL is nothing.

 # Safety
 `engine` is NULL or came from this library and is not used any more.
 */
void sidewatch_engine_free(sidewatch_engine *engine);

/*
 The number of classes that this library knows.

 # Safety
 `out` is writable.
 */
int32_t sidewatch_class_count(size_t *out);

/*
 A class, by its place in the list, from 0 (not by its number: a number may be missing). The texts are never freed.

 # Safety
 `out` is writable, and its member `size` is set.
 */
int32_t sidewatch_class_get(size_t index,
                            sidewatch_class *out);

/*
 The number of anomalies that this library knows.

 # Safety
 `out` is writable.
 */
int32_t sidewatch_anomaly_count(size_t *out);

/*
 An anomaly, by its place in the list, from 0. The texts are never freed.

 # Safety
 `out` is writable, and its member `size` is set.
 */
int32_t sidewatch_anomaly_get(size_t index, sidewatch_anomaly *out);

/*
 The limits of the engine's policy.

 # Safety
 `engine` is live; `out` is writable, and its member `size` is set.
 */
int32_t sidewatch_engine_limits(const sidewatch_engine *engine, sidewatch_limits *out);

/*
 The confidence from which a finding makes its transaction an attack: what the policy's `sensitivity` says.

 # Safety
 `engine` is live; `out` is writable.
 */
int32_t sidewatch_engine_attack_confidence(const sidewatch_engine *engine, uint32_t *out);

/*
 Whether the engine's policy looks for the class of that number: 1 or 0.

 # Safety
 `engine` is live; `out` is writable.
 */
int32_t sidewatch_engine_has_class(const sidewatch_engine *engine, uint32_t class_number, uint32_t *out);

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
 More of the finding of that number, from 0. A plain getter.

 # Safety
 `tx` is live and used by no other thread; `out` is writable, and its member `size` is set.
 */
int32_t sidewatch_transaction_finding_details(const sidewatch_transaction *tx,
                                              size_t index,
                                              sidewatch_finding_details *out);

/*
 The number of anomalies so far. A plain getter.

 # Safety
 `tx` is live and used by no other thread; `out` is writable.
 */
int32_t sidewatch_transaction_anomaly_count(const sidewatch_transaction *tx, size_t *out);

/*
 An anomaly of the transaction, by its place in the order of their numbers, from 0. A plain getter.

 # Safety
 `tx` is live and used by no other thread; `out` is writable, and its member `size` is set.
 */
int32_t sidewatch_transaction_anomaly(const sidewatch_transaction *tx, size_t index, sidewatch_anomaly *out);

/*
 Has the process's messages sent to `callback`, up to `level` (SIDEWATCH_LOG_INFO: all); NULL ends that. There is one
 callback in the process. Without one, nothing is told but caught panics, on standard error.
 `user_data` has to stay valid until another callback is set and no call of the library runs in another thread.

 # Safety
 `callback` is NULL or a function that may be called with `user_data` from every thread that uses the library.
 */
int32_t sidewatch_log_set(sidewatch_log_callback callback,
                          void *user_data,
                          uint32_t level);

/*
 The number of panics that were caught in this process since the library was loaded, in calls of all engines. It should be
 0 for ever: anything else is a bug of the library worth a report.

 # Safety
 `out` is writable.
 */
int32_t sidewatch_panic_count(uint64_t *out);

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
 The next bytes of a request that the host could not read as any of its parts: they are judged as raw text.

 # Safety
 `tx` is live and used by no other thread; `data` points to its length of bytes.
 */
int32_t sidewatch_transaction_request_raw(sidewatch_transaction *tx, const uint8_t *data, size_t data_len);

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
 One trailer field of the response.

 # Safety
 `tx` is live and used by no other thread; each pointer points to its length of bytes.
 */
int32_t sidewatch_transaction_response_trailer(sidewatch_transaction *tx,
                                               const uint8_t *name,
                                               size_t name_len,
                                               const uint8_t *value,
                                               size_t value_len);

/*
 The response is complete.

 # Safety
 `tx` is live and used by no other thread.
 */
int32_t sidewatch_transaction_response_end(sidewatch_transaction *tx);

/*
 The ABI version of the library that is loaded; compare it with SIDEWATCH_ABI_VERSION of the header.
 */
uint32_t sidewatch_abi_version(void);

/*
 Whether the library that is loaded fits a program that was built with the header of `built_with`: give it
 SIDEWATCH_ABI_VERSION, at start. SIDEWATCH_OK, or SIDEWATCH_ERROR_ABI if names, numbers or layouts may differ, or
 the library is older than the header and may lack functions.
 */
int32_t sidewatch_abi_check(uint32_t built_with);

/*
 The version of the library as text, `0.1.0`; one built to fail on demand in tests says `0.1.0+faults`. Never NULL, never to be freed.
 */
const char *sidewatch_version(void);

/*
 What a result code means, in words. Never NULL, never to be freed.
 */
const char *sidewatch_result_text(int32_t result);

/*
 Makes a slot that holds `engine`; the handle of the engine may be freed.

 # Safety
 `engine` is live; `out` points to a writable pointer.
 */
int32_t sidewatch_slot_new(const sidewatch_engine *engine, sidewatch_slot **out);

/*
 Frees a slot; engines and transactions that were taken from it live on. NULL is nothing.

 # Safety
 `slot` is NULL or came from sidewatch_slot_new and is not used any more, by any thread.
 */
void sidewatch_slot_free(sidewatch_slot *slot);

/*
 Puts `engine` into the slot in place of the one that is there; the handle of the engine may be freed.

 # Safety
 `slot` and `engine` are live.
 */
int32_t sidewatch_slot_swap(const sidewatch_slot *slot, const sidewatch_engine *engine);

/*
 Builds an engine from a policy in TOML and puts it into the slot; if the policy is refused, the engine that is there
 stays, and `reason` is written as for sidewatch_engine_new.

 # Safety
 `slot` is live, `policy` points to `policy_len` bytes, `reason` to `reason_size` writable bytes.
 */
int32_t sidewatch_slot_load(const sidewatch_slot *slot,
                            const uint8_t *policy,
                            size_t policy_len,
                            char *reason,
                            size_t reason_size);

/*
 The same from a file; `reason` is written as for sidewatch_engine_new_from_file.

 # Safety
 `slot` is live, `path` ends in NUL, `reason` points to `reason_size` writable bytes.
 */
int32_t sidewatch_slot_load_file(const sidewatch_slot *slot,
                                 const char *path,
                                 char *reason,
                                 size_t reason_size);

/*
 A handle of the engine that is in the slot, to be freed by the caller. It stays valid whatever becomes of the slot.

 # Safety
 `slot` is live; `out` points to a writable pointer.
 */
int32_t sidewatch_slot_engine(const sidewatch_slot *slot,
                              sidewatch_engine **out);

/*
 Makes a transaction of the engine that is in the slot.

 # Safety
 `slot` is live; `out` points to a writable pointer.
 */
int32_t sidewatch_slot_transaction(const sidewatch_slot *slot, sidewatch_transaction **out);

/*
 What sidewatch_transaction_reset does; if the slot holds another engine than the transaction's, the transaction goes on
 with that one. Takes no lock while the engine is the same. For hosts that keep transactions for reuse.

 # Safety
 `slot` is live; `tx` is live and used by no other thread.
 */
int32_t sidewatch_slot_reset(const sidewatch_slot *slot,
                             sidewatch_transaction *tx);

/*
 How many times the engine in the slot was replaced.

 # Safety
 `slot` is live; `out` is writable.
 */
int32_t sidewatch_slot_swap_count(const sidewatch_slot *slot, uint64_t *out);

/*
 The statistics of all engines that are or were in the slot, added up: they only grow, over swaps too.

 # Safety
 `slot` is live; `out` is writable, and its member `size` is set.
 */
int32_t sidewatch_slot_statistics(const sidewatch_slot *slot, sidewatch_statistics *out);

/*
 How many findings of a class there were in all engines of the slot, by the number of the class.

 # Safety
 `slot` is live; `out` is writable.
 */
int32_t sidewatch_slot_class_findings(const sidewatch_slot *slot, uint32_t class_number, uint64_t *out);

/*
 What transactions and connections of this engine have seen; they count on after the engine is freed, but nobody reads
 it then: a slot (sidewatch_slot_statistics) adds up all its engines.

 # Safety
 `engine` is live; `out` is writable, and its member `size` is set.
 */
int32_t sidewatch_engine_statistics(const sidewatch_engine *engine,
                                    sidewatch_statistics *out);

/*
 How many findings of a class there were, by the number of the class.

 # Safety
 `engine` is live; `out` is writable.
 */
int32_t sidewatch_engine_class_findings(const sidewatch_engine *engine, uint32_t class_number, uint64_t *out);

/*
 Makes a transaction of `engine`.

 # Safety
 `engine` is live; `out` points to a writable pointer.
 */
int32_t sidewatch_transaction_new(const sidewatch_engine *engine, sidewatch_transaction **out);

/*
 Frees a transaction. NULL is nothing.

 # Safety
 `tx` is NULL or came from this library and is not used any more.
 */
void sidewatch_transaction_free(sidewatch_transaction *tx);

/*
 Counts what the transaction has seen (sidewatch_engine_statistics), and makes it as new; its memory is kept. After
 SIDEWATCH_ERROR_INTERNAL this is how the handle becomes usable again.

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
 What is known of the transaction so far. A plain getter.

 # Safety
 `tx` is live and used by no other thread; `out` is writable, and its member `size` is set.
 */
int32_t sidewatch_transaction_summary(const sidewatch_transaction *tx, sidewatch_summary *out);

/*
 What the findings so far add up to: one of SIDEWATCH_VERDICT_*. A plain getter.

 # Safety
 `tx` is live and used by no other thread; `out` is writable.
 */
int32_t sidewatch_transaction_verdict(sidewatch_transaction *tx, uint32_t *out);

/*
 The names of the classes that the verdict rests on, sorted, with a comma between: `ptrav,sqli`; empty if nothing was
 found. Of an attack those with a finding that reaches the sensitivity, otherwise those of the hints. The text stays
 valid until the next call on this transaction that is not a plain getter.

 # Safety
 `tx` is live and used by no other thread; `out` is writable.
 */
int32_t sidewatch_transaction_classes(sidewatch_transaction *tx,
                                      sidewatch_text *out);

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
