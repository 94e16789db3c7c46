/*
 * The catalog of probes: every point of library and host at which a fault can be injected.
 *
 *   X(ID, name, kind, meaning)
 *
 * A name is module.operation.place. A point of kind FAIL stands where an operation can fail by itself, and
 * its meaning says what fails; one of kind PAUSE stands between two steps, and its meaning says which.
 */
#ifndef TS_BASE_PROBE_POINTS_H
#define TS_BASE_PROBE_POINTS_H

/* clang-format off */
#define TS_PROBE_POINTS_QUEUES(X)                                                                            \
    X(BROADCAST_OPEN_FULL, "broadcast.open.full", FAIL, "no block is free for the producer")                 \
    X(BROADCAST_OPEN_RECLAIM, "broadcast.open.reclaim", PAUSE,                                               \
      "slowest consumer found, its blocks not yet reclaimed")                                                \
    X(BROADCAST_OPEN_LINK, "broadcast.open.link", PAUSE, "new block begun, not yet linked")                  \
    X(BROADCAST_COMMIT_PUBLISH, "broadcast.commit.publish", PAUSE, "item written, not yet published")        \
    X(BROADCAST_PEEK_LOADED, "broadcast.peek.loaded", PAUSE, "published count read, item not yet")           \
    X(BROADCAST_ADVANCE_READ, "broadcast.advance.read", PAUSE, "item read, consumer not yet past it")        \
    X(BROADCAST_LEAVE_BLOCK, "broadcast.leave.block", PAUSE, "next block found, old one not yet left")       \
    X(BROADCAST_JOIN_PLACE, "broadcast.join.place", PAUSE, "place in the chain chosen, not yet taken")       \
    X(BROADCAST_EVICT_MARKED, "broadcast.evict.marked", PAUSE,                                               \
      "slow consumers evicted, their block not yet withheld")                                                \
    X(BROADCAST_RECOVER_ENTER, "broadcast.recover.enter", PAUSE, "eviction noticed, not yet recovered")      \
    X(SPSC_CLAIM_FULL, "spsc.claim.full", FAIL, "the ring has no room for the producer")                     \
    X(SPSC_PUBLISH_TAIL, "spsc.publish.tail", PAUSE, "records written, not yet published")                   \
    X(SPSC_PEEK_LOADED, "spsc.peek.loaded", PAUSE, "tail read, record not yet")                              \
    X(SPSC_RELEASE_HEAD, "spsc.release.head", PAUSE, "records read, their room not yet given back")          \
    X(SPSC_EVICT_EXCHANGE, "spsc.evict.exchange", PAUSE, "oldest record found, not yet evicted")             \
    X(SPSC_TAKE_HELD, "spsc.take.held", PAUSE, "oldest record held, not yet copied")                         \
    X(SPSC_TAKE_COPIED, "spsc.take.copied", PAUSE, "oldest record copied, not yet released")                 \
    X(QUEUE_PUSH_FULL, "queue.push.full", FAIL, "the result queue has no room")                              \
    X(QUEUE_PUSH_FILL, "queue.push.fill", PAUSE, "room claimed, result not yet written")                     \
    X(QUEUE_PUSH_COMMIT, "queue.push.commit", PAUSE, "result written, not yet committed")                    \
    X(QUEUE_BLOCK_WAIT, "queue.block.wait", PAUSE, "queue full under policy block, before the next look")    \
    X(QUEUE_FLUSH_PUBLISHED, "queue.flush.published", PAUSE, "results published, arming not yet looked at")  \
    X(QUEUE_FLUSH_SIGNAL, "queue.flush.signal", PAUSE, "arming seen and cleared, not yet signalled")         \
    X(QUEUE_POP_TAKEN, "queue.pop.taken", PAUSE, "result taken, not yet counted as executed")                \
    X(QUEUE_ARM_DRAINED, "queue.arm.drained", PAUSE, "event drained, not yet armed")                         \
    X(QUEUE_ARM_ARMED, "queue.arm.armed", PAUSE, "armed, results not yet looked for")

#define TS_PROBE_POINTS_ENGINE(X)                                                                            \
    X(SENDER_DELIVER_ENTER, "sender.deliver.enter", PAUSE, "result at the sender, not yet delivered")        \
    X(SENDER_EXECUTE_CHOSEN, "sender.execute.chosen", PAUSE, "callback chosen, not yet called")              \
    X(SENDER_EXECUTE_RETURNED, "sender.execute.returned", PAUSE, "callback over, its end not yet announced") \
    X(SENDER_REGISTER_SET, "sender.register.set", PAUSE, "callback registered, running ones not yet awaited")\
    X(SENDER_POLL_BUSY, "sender.poll.busy", FAIL, "another thread polls the engine")                         \
    X(SENDER_POLL_ENTERED, "sender.poll.entered", PAUSE, "polling begun, nothing taken yet")                 \
    X(SENDER_POLL_POPPED, "sender.poll.popped", PAUSE, "result taken, not yet executed")                     \
    X(PIPELINE_OFFER_FULL, "pipeline.offer.full", FAIL, "the ingress has no room for the tick")              \
    X(PIPELINE_OFFER_OPEN, "pipeline.offer.open", PAUSE, "found open, ingress not yet locked")               \
    X(PIPELINE_OFFER_COPIED, "pipeline.offer.copied", PAUSE, "tick copied, not yet committed")               \
    X(PIPELINE_FACTOR_READ, "pipeline.factor.read", PAUSE, "tick read, factor not yet computed")             \
    X(PIPELINE_MODEL_READ, "pipeline.model.read", PAUSE, "row read, model not yet computed")                 \
    X(PIPELINE_SCAN_DELIVERED, "pipeline.scan.delivered", PAUSE, "result delivered, not yet past it")        \
    X(PIPELINE_START_SCAN, "pipeline.start.scan", PAUSE, "model scan started, nothing before it yet")        \
    X(PIPELINE_START_FACTORS, "pipeline.start.factors", PAUSE, "all but the factor threads started")         \
    X(PIPELINE_STOP_RAISED, "pipeline.stop.raised", PAUSE, "stop raised, sender not yet closed")             \
    X(PIPELINE_STOP_JOINED, "pipeline.stop.joined", PAUSE, "threads ended, what is left not yet counted")    \
    X(SIGNAL_CREATE_MEMORY, "signal.create.memory", FAIL, "no memory for the engine")                        \
    X(SIGNAL_CREATE_SENDER, "signal.create.sender", PAUSE, "sender ready, pipeline not yet created")         \
    X(SIGNAL_CREATE_RUNNING, "signal.create.running", PAUSE, "threads run, the handle not yet returned")     \
    X(SIGNAL_CLOSE_STOPPED, "signal.close.stopped", PAUSE, "pipeline stopped, nothing freed yet")            \
    X(SIGNAL_CLOSE_FREE, "signal.close.free", PAUSE, "all parts gone, the engine not yet freed")             \
    X(SIGNAL_POLL_DESTROY, "signal.poll.destroy", PAUSE, "poll over, the destroy it asked for still due")

#define TS_PROBE_POINTS_HOST(X)                                                                              \
    X(THREAD_START_FAIL, "thread.start.fail", FAIL, "no thread can be started")                              \
    X(THREAD_START_CREATED, "thread.start.created", PAUSE, "thread runs, its creator not yet told")          \
    X(THREAD_BEGIN_BODY, "thread.begin.body", PAUSE, "thread begun, its body not yet entered")               \
    X(THREAD_END_BODY, "thread.end.body", PAUSE, "body over, the thread not yet")                            \
    X(THREAD_JOIN_ENTER, "thread.join.enter", PAUSE, "thread told to end, not yet awaited")                  \
    X(PLUGIN_LOAD_FAIL, "plugin.load.fail", FAIL, "the library cannot be opened")                            \
    X(PLUGIN_LOAD_OPENED, "plugin.load.opened", PAUSE, "library opened, symbols not yet looked up")          \
    X(PLUGIN_UNLOAD_ENTER, "plugin.unload.enter", PAUSE, "library in place, about to be closed")             \
    X(RUNNER_START_LOADED, "runner.start.loaded", PAUSE, "library loaded, engine not yet created")           \
    X(RUNNER_START_CREATED, "runner.start.created", PAUSE, "engine runs, callback not yet registered")       \
    X(RUNNER_REMOVE_ENTER, "runner.remove.enter", PAUSE, "removal decided, nothing locked yet")              \
    X(RUNNER_CALLBACK_ENTER, "runner.callback.enter", PAUSE, "callback entered, strategies not yet reached") \
    X(RUNNER_SLEEP_WAKE, "runner.sleep.wake", FAIL, "the idle sleep ends at once, without an event")         \
    X(RUNNER_SLEEP_ARMED, "runner.sleep.armed", PAUSE, "wake-up asked for, not yet asleep")                  \
    X(RUNNER_STOP_ANNOUNCED, "runner.stop.announced", PAUSE, "strategies told, engine not yet closed")       \
    X(RUNNER_STOP_CLOSED, "runner.stop.closed", PAUSE, "engine closed, library not yet unloaded")            \
    X(TABLE_FACTOR_CHOSEN, "table.factor.chosen", PAUSE, "strategy chosen, on_factor not yet called")        \
    X(TABLE_FACTOR_RETURNED, "table.factor.returned", PAUSE, "on_factor over, strategy not yet let go")      \
    X(TABLE_ACQUIRE_FAIL, "table.acquire.fail", FAIL, "the strategy is dying: no reference to it")           \
    X(TABLE_REMOVE_UNLISTED, "table.remove.unlisted", PAUSE, "strategy unlisted, not yet destroyed")         \
    X(TABLE_REMOVE_DESTROYED, "table.remove.destroyed", PAUSE, "strategy destroyed, still listed")           \
    X(TABLE_REMOVE_DYING, "table.remove.dying", PAUSE, "strategy marked dying, not yet torn down")           \
    X(STRATEGY_FINI_BASE, "strategy.fini.base", PAUSE, "derived part gone, base part not yet")

#define TS_PROBE_POINTS_COORDINATOR(X)                                                                       \
    X(COORDINATOR_SUBMIT_CHECKED, "coordinator.submit.checked", PAUSE, "request checked, not yet queued")    \
    X(COORDINATOR_SUBMIT_FULL, "coordinator.submit.full", FAIL, "no slot is free for the task")              \
    X(COORDINATOR_WORK_TAKEN, "coordinator.work.taken", PAUSE, "task taken by a worker, not yet run")        \
    X(COORDINATOR_WORK_DONE, "coordinator.work.done", PAUSE, "task run, not yet completed")                  \
    X(COORDINATOR_CALLBACK_TAKEN, "coordinator.callback.taken", PAUSE, "callback taken, not yet called")     \
    X(COORDINATOR_CALLBACK_RETURNED, "coordinator.callback.returned", PAUSE,                                 \
      "callback over, its end not yet told")                                                                 \
    X(COORDINATOR_SHUTDOWN_CLOSING, "coordinator.shutdown.closing", PAUSE,                                   \
      "no more tasks taken, the last ones not yet awaited")                                                  \
    X(COORDINATOR_FREE, "coordinator.free", PAUSE, "nobody refers to it any more, not yet freed")

#define TS_PROBE_POINTS_TRADER(X)                                                                            \
    X(TRADER_FEED_CONNECTING, "trader.feed.connecting", PAUSE, "tape feed without a connection, making one") \
    X(TRADER_START_LOOP, "trader.start.loop", PAUSE, "loop runs, feed not yet started")                      \
    X(TRADER_TICK_PATH, "trader.tick.path", PAUSE, "path of the tick chosen, not yet taken")                 \
    X(TRADER_QUEUE_FULL, "trader.queue.full", FAIL, "the queue of ticks has no room")                        \
    X(TRADER_QUEUE_TAKEN, "trader.queue.taken", PAUSE, "tick taken out of the queue, not yet handled")       \
    X(TRADER_POLL_ENTER, "trader.poll.enter", PAUSE, "loop due, nothing taken yet")                          \
    X(TRADER_SETTLE_ENTER, "trader.settle.enter", PAUSE, "signal known, not yet traded")                     \
    X(TRADER_SETTLE_DONE, "trader.settle.done", PAUSE, "traded, the next tick not yet let in")               \
    X(TRADER_SHUT_ENTER, "trader.shut.enter", PAUSE, "end decided, desk and position not yet closed")        \
    X(TRADER_SHUT_DONE, "trader.shut.done", PAUSE, "desk and position closed, threads still run")            \
    X(TRADER_STOP_FEED, "trader.stop.feed", PAUSE, "feed stopped, loop not yet")                             \
    X(TRADER_PATH_SET, "trader.path.set", PAUSE, "path switched, loop not yet woken")

/*
 * Calls to libc, made by any of our code in library, host and scenarios. The points stand round the calls and
 * not in them (faults/call_wraps.c), and are reached only in a program that wraps its calls.
 */
#define TS_PROBE_POINTS_CALLS(X)                                                                             \
    X(CALL_MEMORY, "call.memory", FAIL, "no memory, whichever function asks: malloc and its kin in one row") \
    X(CALL_MALLOC, "call.malloc", FAIL, "malloc returns NULL")                                               \
    X(CALL_CALLOC, "call.calloc", FAIL, "calloc returns NULL")                                               \
    X(CALL_REALLOC, "call.realloc", FAIL, "realloc or reallocarray returns NULL, the old block stays")       \
    X(CALL_ALIGNED_ALLOC, "call.aligned_alloc", FAIL, "aligned_alloc or posix_memalign has no memory")       \
    X(CALL_STRDUP, "call.strdup", FAIL, "strdup or strndup returns NULL")                                    \
    X(CALL_PTHREAD_CREATE, "call.pthread_create", FAIL, "no more threads (EAGAIN)")                          \
    X(CALL_DLOPEN, "call.dlopen", FAIL, "the library cannot be opened")                                      \
    X(CALL_DLSYM, "call.dlsym", FAIL, "the symbol is not there")                                             \
    X(CALL_OPEN, "call.open", FAIL, "no more file descriptors (EMFILE)")                                     \
    X(CALL_MMAP, "call.mmap", FAIL, "no address space (ENOMEM)")                                             \
    X(CALL_EVENTFD, "call.eventfd", FAIL, "no more file descriptors (EMFILE)")                               \
    X(CALL_PPOLL_EINTR, "call.ppoll.eintr", FAIL, "a signal ends the wait (EINTR)")                          \
    X(CALL_READ_EINTR, "call.read.eintr", FAIL, "a signal interrupts the read before it began (EINTR)")      \
    X(CALL_READ_SHORT, "call.read.short", FAIL, "a file gives half of what was asked for")                   \
    X(CALL_WRITE_EINTR, "call.write.eintr", FAIL, "a signal interrupts the write before it began (EINTR)")   \
    X(CALL_WRITE_SHORT, "call.write.short", FAIL, "a file takes half of what was given")                     \
    X(CALL_WRITE_ENOSPC, "call.write.enospc", FAIL, "the disk is full (ENOSPC)")                             \
    X(CALL_CLOCK_FORWARD, "call.clock_gettime.forward", FAIL, "this reading is an hour ahead")               \
    X(CALL_CLOCK_BACKWARD, "call.clock_gettime.backward", FAIL, "this reading is an hour behind")            \
    X(CALL_CLOCK_FROZEN, "call.clock_gettime.frozen", FAIL, "this reading is the thread's last one again")
/* clang-format on */

#define TS_PROBE_POINTS(X)                                                                                   \
    TS_PROBE_POINTS_QUEUES(X)                                                                                \
    TS_PROBE_POINTS_ENGINE(X)                                                                                \
    TS_PROBE_POINTS_HOST(X)                                                                                  \
    TS_PROBE_POINTS_COORDINATOR(X)                                                                           \
    TS_PROBE_POINTS_TRADER(X)                                                                                \
    TS_PROBE_POINTS_CALLS(X)

#endif
