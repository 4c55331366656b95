/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of the module's core, for Spin: how a socket is tracked, judged,
 * looked at, flushed and forgotten, while limits change and the module goes.
 *
 * Each proctype is something that runs by itself: the kernel on behalf of a
 * socket, a work item, a writer of limits, the one who unloads. Each inline is
 * a function of the module, or of the kernel, by the name in its comment. What
 * is one step here is one access to memory that others may see without a lock,
 * or what is done between two such while a lock keeps others out.
 *
 * There is no time: a limit may have passed whenever a look is taken, and a
 * delay may be over at once. The one thing that a delay is relied on for, that
 * the transition of a socket under way is over by then, is sock.after.
 *
 * README.rst tells what is checked and left out, and which switches there are:
 *
 *   SOCKS=n	sockets, 1 or 2
 *   LIVES=n	stays in FIN_WAIT_2 of each, one after the other, at one address
 *   LOAD	the module is loaded as sockets come and go; else it is there
 *   CHANGE	limits change, once
 *   UNLOAD	the module may be unloaded
 *   NETNS	the namespace may end, once its sockets are gone
 *   FULL	there may be no room for a socket (max_tracked)
 *   SILENT	flushes are silent
 *   PRESSURE=n	more than so many members are too many (adaptive_start)
 *   GAP	the kernel's abort cannot share a lock (FW2_ATOMIC_ABORT is 0)
 *   GAP_KNOWN	the same, and that it can hit another connection is accepted
 *   FAULT_x	something is done wrong, see README.rst
 */

#ifndef SOCKS
#define SOCKS 1
#endif
#ifndef LIVES
#define LIVES 1
#endif
#ifdef GAP_KNOWN
#define GAP
#endif

/* ---- the kernel ------------------------------------------------------- */

/* sk->sk_state; all that comes before FIN_WAIT_2 is one. */
mtype = { BEFORE, FIN_WAIT2, CLOSING, CLOSE };

/*
 * The memory of a socket. It is free while nobody holds a reference, and may
 * be anybody's socket then: the slab is SLAB_TYPESAFE_BY_RCU, the address the
 * same. A new life begins there, or by a disconnect and a connect.
 */
typedef sock {
	mtype state;
	bit locked;		/* sk_lock, by process context or softirq */
	bit hashed;		/* in the hash of established sockets */
	bit dead;		/* SOCK_DEAD */
	bit held;		/* the kernel's own reference */
	bit entering;		/* on its way to FIN_WAIT_2, not stored yet */
	bit after;		/* the adoption's delay outlasts that */
	unsigned refs : 3;	/* sk_refcnt, those of the module included */
	unsigned life : 2;	/* nobody can see that but this model */
};
sock sk[SOCKS];

/* The bucket lock of the established hash that is held: 1 + whose bucket. */
byte bucket;

/* A work item of fw2_wq; a delayed one may run as soon as it is pending. */
typedef work {
	bit pending;		/* WORK_STRUCT_PENDING */
	bit running;
	bit cancelled;		/* being cancelled: it cannot be queued */
};
#define NURSERY		0
#define ADOPT		1
#define SWEEP		2	/* one for each gear */
#define PRESSED		4
#define WORKS		5
work w[WORKS];

bit registered;			/* the probe, on the tracepoint */
byte probes;			/* calls of it under way: the SRCU's readers */
byte readers;			/* of RCU */

/* ---- the module ------------------------------------------------------- */

bit gone;			/* its code, and the workqueue */
bit nests_gone;			/* fw2_nests */
bit table_gone;			/* buckets and entries */
bit net_dead;			/* nobody holds a reference on struct net */
bit net_gone;			/* struct fw2_net */
bit listed = 1;			/* fw2_net.node */
bit sysctls_gone;
bit writing;			/* somebody is in a sysctl's handler */

/* A nest, of one slot: 0, or 1 + socket, and BUSY. */
#define BUSY		4
byte slot;
bit armed;			/* fw2_nursery_armed */

/* The table: one shard, one bucket. An entry has the number of its socket. */
typedef entry {
	bit in;			/* in its bucket */
	bit todo;		/* on the list of the sweep that runs, not the gear's */
	bit gear;
	bit limited;		/* policy */
	bit orphan;		/* class */
	unsigned epoch : 2;
	unsigned life : 2;	/* of the socket, as it came in */
};
entry e[SOCKS];
bit shard;			/* its lock */

/* Gears: one that sweeps, and the one at rest. */
#define QUICK		0
#define REST		1
bit sweeping[2];

/* Rules and sysctls are one: a set says that there is a limit, or none. */
#define UNLIMITED	0
#define LIMITED		1
#define NONE		2
byte rules;			/* fw2_net.rules */
unsigned epoch : 2;
bit nets;			/* fw2_nets_mutex */
bit set_gone[3];
bit set_put[3];			/* to be freed after a grace period */

bit flush_stopped;
unsigned rounds : 2;		/* fw2_adopt_rounds */
bit missed;			/* somebody, since adoption last began */
bit pressed;			/* fw2_net.pressed */

#define members()	(e[0].in + e[SOCKS - 1].in * (SOCKS - 1))

/* Memory that is still there. */
#define use_sock(s)	assert(sk[s].refs > 0)
#define use_entry(s)	assert(e[s].in)
#define use_net()	assert(!net_gone)
#define use_nests()	assert(!nests_gone)
#define use_table()	assert(!table_gone)
#define use_code()	assert(!gone)

/* ---- what the kernel has to offer ------------------------------------- */

/* queue_delayed_work(), mod_delayed_work() */
#define queue(i)	w[i].pending = (w[i].pending || !w[i].cancelled)

/* process_one_work() */
inline begin_work(i)
{
	atomic {
		w[i].pending ->
		use_code();
		w[i].pending = 0;
		w[i].running = 1
	}
}

inline end_work(i)
{
	w[i].running = 0
}

/* cancel_delayed_work_sync() */
inline cancel(i)
{
	d_step { w[i].pending = 0; w[i].cancelled = 1 }
	atomic { !w[i].running -> w[i].cancelled = 0 }
}

inline sock_put(s)
{
	d_step {
		use_sock(s);
		sk[s].refs--
	}
}

/* raw_spin_lock(): one step with what comes next, as unlocking is with what was */
inline lock_shard()
{
	!shard ->
	use_table();
	shard = 1
}

/* ---- policy.c, sweep.c: judgement ------------------------------------- */

/*
 * fw2_sweep_shift(), fw2_sweep_put(): what is done about the bit and the queue are
 * one step
 */
inline fw2_sweep_shift(s)
{
	e[s].gear = (e[s].limited -> QUICK : REST);
	e[s].todo = 0;
	if
	:: e[s].gear == QUICK && !sweeping[QUICK] ->
		sweeping[QUICK] = 1;
		queue(SWEEP + QUICK)
	:: else
	fi
}

/* fw2_judge(), the shard locked, from its loads of class and epoch on */
inline fw2_judge(s)
{
	d_step {
		readers++;			/* rcu_read_lock() */
		set = rules			/* rcu_dereference() */
	}
	atomic {
		use_net();
		assert(set != NONE && !set_gone[set]);
		e[s].limited = (set == LIMITED && !e[s].orphan);
		readers--;			/* rcu_read_unlock() */
#ifdef FAULT_EPOCH_LATE
		e[s].epoch = epoch;
#endif
		fw2_sweep_shift(s);
		set = 0;
		stale = 0
	}
}

/* What fw2_judge() begins with */
inline fw2_class(s)
{
	e[s].orphan = sk[s].dead;
#ifndef FAULT_EPOCH_LATE
	e[s].epoch = epoch;			/* smp_load_acquire() */
#endif
	stale = 1
}

/*
 * fw2_look(), the shard locked: in two parts, of which the first is one step
 * with what comes before. set and stale are the caller's.
 */
inline fw2_look(s)
{
	use_entry(s);
	use_net();
	use_sock(s);
	if
	:: e[s].epoch != epoch || e[s].orphan != sk[s].dead -> fw2_class(s)
	:: else
	fi
}

inline fw2_look_on(s)
{
	if
	:: stale -> fw2_judge(s)
	:: else
	fi
}

/* ---- table.c ---------------------------------------------------------- */

/*
 * fw2_table_insert(), the shard locked; the reference is the entry's. In two
 * parts, as fw2_look().
 */
inline fw2_table_insert(s)
{
	use_sock(s);
	use_net();
	assert(!e[s].in);
	/* It has come, and has not been seen to leave. */
	assert(!registered || sk[s].state == FIN_WAIT2 || sk[s].entering);
	e[s].in = 1;
	e[s].life = sk[s].life;
	fw2_class(s)
}

inline fw2_table_insert_on(s)
{
	fw2_judge(s);
#ifdef PRESSURE
	/* fw2_pressure_check() */
	atomic {
		if
		:: members() > PRESSURE && !pressed ->
			pressed = 1;
			queue(PRESSED)
		:: else
		fi
	}
#endif
}

/* fw2_table_remove(), the shard locked */
inline fw2_table_remove(s)
{
	e[s].in = 0;
	e[s].todo = 0;
	e[s].gear = 0;
	e[s].limited = 0;
	e[s].orphan = 0;
	e[s].epoch = 0;
	e[s].life = 0
}

/* ---- adopt.c: when it comes ------------------------------------------- */

/* mod_delayed_work(): by the time that it is over, whoever enters is in */
inline fw2_adopt_mod()
{
	d_step {
		if
		:: !w[ADOPT].cancelled ->
			w[ADOPT].pending = 1;
			sk[0].after = sk[0].entering;
			sk[SOCKS - 1].after = sk[SOCKS - 1].entering
		:: else
		fi
	}
}

/* queue_delayed_work(): what is pending already keeps its time */
inline fw2_adopt_queue()
{
	atomic {
		if
		:: !w[ADOPT].pending -> fw2_adopt_mod()
		:: else
		fi
	}
}

/*
 * fw2_adopt_soon(), and fw2_adopt_later() where a mover calls it. If the work item
 * is pending already, it may pass by before the socket's state is stored: so it
 * has to come again.
 */
inline fw2_adopt_soon()
{
#ifndef FAULT_MISSED_ONCE
	missed = 1;
#endif
	fw2_adopt_queue()
}

/* ---- probe.c: fw2_probe() --------------------------------------------- */

/*
 * fw2_enter(), fw2_nursery_add(): called from the transition to FIN_WAIT_2. The
 * socket is locked, and its state not stored yet.
 */
inline fw2_enter(s)
{
	if
	:: atomic {
		registered ->
		probes++;
		use_nests();
		if
		:: !slot -> slot = BUSY + 1 + s; found = 1	/* cmpxchg() */
		:: else
		fi
	   }
	   if
	   :: found ->
		d_step {
#ifndef FAULT_NO_REF
			sk[s].refs++;			/* sock_hold() */
#endif
			slot = 1 + s			/* smp_store_release() */
		}
		atomic {
			use_nests();
			if
			:: !armed -> armed = 1; queue(NURSERY)
			:: else
			fi
		}
	   :: else ->
		fw2_adopt_soon()
	   fi;
	   d_step { use_code(); probes--; found = 0 }
	:: atomic { !registered -> skip }
	fi
}

/*
 * fw2_leave(): called from a transition from FIN_WAIT_2, or from CLOSING where
 * a silent flush has put the socket. It is locked, and its state not stored yet.
 */
inline fw2_leave(s)
{
	if
	:: atomic {
		registered ->
		probes++;
		/* fw2_nursery_find() */
		use_nests();
		v = slot			/* smp_load_acquire() */
	   }
	   atomic {
		use_nests();
		if
		:: (v & (BUSY - 1)) != 1 + s -> v = 0		/* NULL */
		:: else ->
			if
			/* fw2_nursery_take() */
			:: slot == 1 + s -> slot = 0; found = 1
			:: else -> v = BUSY
			fi
		fi
	   }
	   /* hlist_empty(), and fw2_leave_table() */
	   if
	   :: found
	   :: atomic { !found && !v && !members() -> skip }
	   :: atomic {
		!found && (v || members()) ->
		lock_shard();
		if
		:: e[s].in ->
			found = 1;
#ifndef FAULT_NO_UNTRACK
			fw2_table_remove(s)
#endif
		:: else
		fi;
		shard = 0
	   }
	   fi;
	   d_step {
		use_code();
		if
		:: found ->
#ifndef FAULT_NO_REF
			sk[s].refs--;			/* __sock_put() */
#endif
			assert(sk[s].refs > 0)
		:: else
		fi;
		probes--;
		v = 0;
		found = 0
	   }
	:: atomic { !registered -> skip }
	fi
}

/* fw2_probe(): from which states is it a way out? */
#ifdef FAULT_SILENT_LEAVES
#define leaves(state)	(state == FIN_WAIT2)
#else
#define leaves(state)	(state == FIN_WAIT2 || state == CLOSING)
#endif

/*
 * tcp_set_state(TCP_CLOSE), the socket locked: it is unhashed, the tracepoint
 * passed, the state stored; and the lock given up.
 */
inline tcp_set_state_close(s)
{
	atomic { bucket != 1 + s -> sk[s].hashed = 0 }
	if
	:: leaves(sk[s].state) -> fw2_leave(s)
	:: else
	fi;
	d_step {
		sk[s].state = CLOSE;
		sk[s].locked = 0;
		/* It has left, and has been seen to. */
		assert(!registered || (!e[s].in && slot != 1 + s))
	}
}

/* ---- flush.c ---------------------------------------------------------- */

/* fw2_abort_release(), and tcp_abort() in it; the socket locked */
inline fw2_abort_release(s)
{
#ifdef SILENT
	/* inet_sk_set_state(sk, TCP_CLOSING): the tracepoint, then the state */
#ifdef FAULT_SILENT_LEAVES
	fw2_leave(s);
#endif
	sk[s].state = CLOSING;
#endif
#ifdef GAP
	/* release_sock(); tcp_abort() locks it again */
	sk[s].locked = 0;
	atomic { !sk[s].locked -> sk[s].locked = 1 }
#endif
	if
	:: atomic { sk[s].state == CLOSE -> sk[s].locked = 0 }
	:: atomic {
		else ->
		use_code();
		/* It has not left, and it is the one that was looked at. */
#ifndef GAP_KNOWN
		assert(sk[s].life == life);
#ifdef SILENT
		assert(sk[s].state == CLOSING);
#else
		assert(sk[s].state == FIN_WAIT2);
#endif
#endif
		skip
	   }
	   tcp_set_state_close(s)
	fi
}

/* fw2_settle(): the caller has a reference. cause: what holds, limit or not */
inline fw2_settle(s, cause)
{
	atomic {
		use_code();
		use_sock(s);
		/* fw2_lock_sock_try() */
		if
		:: !sk[s].locked -> sk[s].locked = 1; got = 1
		:: else -> got = 0			/* -EAGAIN */
		fi
	}
	if
	:: got ->
#ifdef FAULT_NO_RECHECK
		d_step { flush = 1; life = sk[s].life }
#else
		atomic {
			lock_shard();
			if
			:: e[s].in ->			/* fw2_table_find() */
				find = 1;
				fw2_look(s)
			:: else
#ifdef FAULT_ENTRY_KEPT
				-> use_entry(s)
#endif
			fi
		}
		fw2_look_on(s);
		/* fw2_decide(): fw2_flushable(), fw2_cause_holds() */
		if
		:: atomic {
			find && (e[s].limited || cause) && !e[s].orphan &&
#ifndef FAULT_NO_FLUSH_STOP
			!flush_stopped &&
#endif
			sk[s].state == FIN_WAIT2 ->
			assert(e[s].life == sk[s].life);
			flush = 1;
			life = sk[s].life;
			shard = 0
		   }
		:: atomic { shard = 0 }			/* not due, after all */
		fi;
#endif
		if
		:: flush -> fw2_abort_release(s)
		:: else -> sk[s].locked = 0
		fi;
		d_step { got = 0; find = 0; flush = 0; life = 0 }
	:: else
	fi
}

/* ---- nursery.c -------------------------------------------------------- */

/* fw2_nursery_work(), fw2_nursery_scan(), fw2_nursery_move() */
proctype Nursery()
{
	byte s, v, set;
	bit stale, left;

end:
	do
	:: begin_work(NURSERY);
	   armed = 0;
	   atomic {
		use_nests();
		v = slot			/* smp_load_acquire() */
	   }
	   if
	   :: !v
	   :: v && (v & BUSY) -> left = 1
	   :: v && !(v & BUSY) -> left = 1	/* too young, or no memory */
	   :: v && !(v & BUSY) ->
		s = v - 1;
		if
		:: atomic {
			!shard && slot == v ->
			lock_shard();
#ifdef FAULT_NO_BUSY
			slot = 0
#else
			slot = v + BUSY			/* cmpxchg() */
#endif
		   }
		   if
		   :: atomic { fw2_table_insert(s) }
		      fw2_table_insert_on(s);
		      d_step {
#ifndef FAULT_NO_BUSY
			slot = 0;		/* smp_store_release() */
#endif
			shard = 0
		      }
#ifdef FULL
		   :: d_step {
			/* fw2_room(): no; FW2_MOVE_DROPPED */
			use_net();
			slot = 0;
			shard = 0
		      }
		      sock_put(s);
		      fw2_adopt_soon()		/* fw2_adopt_later() */
#endif
		   fi
		:: atomic { !shard && slot != v -> skip }
		fi
	   fi;
	   atomic {
		/* fw2_nursery_arm() */
		if
		:: left && !armed -> armed = 1; queue(NURSERY)
		:: else
		fi;
		left = 0;
		s = 0;
		v = 0;
		end_work(NURSERY)
	   }
	od
}

/* ---- adopt.c ---------------------------------------------------------- */

/* fw2_adopt_visit(), in fw2_ehash_visit(); what comes first is inet_sk_state_load() */
inline fw2_adopt_visit(s)
{
	if
	:: atomic {
		sk[s].hashed && sk[s].state == FIN_WAIT2 && !sk[s].dead ->
#ifndef FAULT_NO_BUCKET_LOCK
		bucket = 1 + s
#endif
	   }
	   atomic {
		lock_shard();
		if
		/* fw2_table_find(), fw2_nursery_find() */
		:: !e[s].in && (slot & (BUSY - 1)) != 1 + s ->
			if
			:: skip;
#ifndef FAULT_NO_REF
			   use_sock(s);
			   sk[s].refs++;		/* sock_hold() */
#endif
			   fw2_table_insert(s)
#ifdef FULL
			:: noroom = 1			/* fw2_room() */
#endif
			fi
		:: else
		fi
	   }
	   if
	   :: stale -> fw2_table_insert_on(s)
	   :: else
	   fi;
	   d_step { shard = 0; bucket = 0 }
	:: atomic {
		!sk[s].hashed || sk[s].state != FIN_WAIT2 || sk[s].dead -> skip
	   }
	fi
}

/* fw2_adopt_work(), fw2_adopt_from(), fw2_ehash_visit() */
proctype Adopt()
{
	byte s, set;
	bit stale, noroom;

end:
	do
	:: atomic {
		w[ADOPT].pending && !sk[0].after && !sk[SOCKS - 1].after ->
		use_code();
		w[ADOPT].pending = 0;
		w[ADOPT].running = 1
	   }
	   atomic {
		if
		:: missed -> missed = 0; rounds = (rounds -> rounds : 1)
		:: else
		fi;
		!nets -> nets = 1		/* fw2_nets_for_each() */
	   }
	   do
	   :: s < SOCKS && listed ->
		fw2_adopt_visit(s);
		s++
	   :: else -> break
	   od;
	   atomic {
		nets = 0;
		s = 0;
		if
		:: rounds ->
			rounds--;
#ifdef FAULT_MISSED_ONCE
			fw2_adopt_queue()
#else
			fw2_adopt_mod()
#endif
		:: else
		fi;
		if
		:: noroom -> noroom = 0; fw2_adopt_queue()	/* fw2_adopt_later() */
		:: else
		fi;
		end_work(ADOPT)
	   }
	od
}

/* ---- sweep.c ---------------------------------------------------------- */

#define on_todo(s)	(e[s].in && e[s].gear == g && e[s].todo)

/* fw2_sweep(), fw2_sweep_shard() */
proctype Sweep(bit g)
{
	byte s, v, set;
	bit stale, find, found, got, flush, seen;
	unsigned life : 2;

end:
	do
	:: begin_work(SWEEP + g);
#ifndef FAULT_ARM_LATE
	   sweeping[g] = 0;			/* clear_bit() */
#endif
	   atomic {
		lock_shard();
		/* list_splice_init() */
		use_net();
		e[0].todo = (e[0].in && e[0].gear == g);
		e[SOCKS - 1].todo = (e[SOCKS - 1].in && e[SOCKS - 1].gear == g)
	   }
	   do
	   :: atomic {
		on_todo(0) || on_todo(SOCKS - 1) ->
		if
		:: on_todo(0) -> s = 0
		:: on_todo(SOCKS - 1) -> s = SOCKS - 1
		fi;
		e[s].todo = 0;			/* list_move_tail() */
		/* fw2_sweep_look() */
		fw2_look(s)
	      }
	      fw2_look_on(s);
	      if
	      :: atomic {
		e[s].limited ->
		/* due: FW2_TASK_SETTLE */
		seen = (seen || e[s].gear == g);
#ifndef FAULT_SWEEP_NO_REF
		sk[s].refs++;			/* sock_hold() */
#endif
		shard = 0
	      }
	      fw2_settle(s, 0);
#ifndef FAULT_SWEEP_NO_REF
	      sock_put(s);
#endif
	      atomic { lock_shard(); s = 0 }
	      /* not yet */
	      :: atomic { seen = (seen || e[s].gear == g); s = 0 }
	      fi
	   :: atomic { else -> shard = 0; s = 0; break }
	   od;
#ifdef FAULT_ARM_LATE
	   sweeping[g] = 0;
#endif
	   atomic {
		use_net();
		if
		:: seen && g != REST && !sweeping[g] ->
			sweeping[g] = 1;
			queue(SWEEP + g)
		:: else
		fi;
		seen = 0;
		end_work(SWEEP + g)
	   }
	od
}

/* ---- pressure.c, walk.c ----------------------------------------------- */

#ifdef PRESSURE
/* fw2_pressure_work(): those that go are found first, and settled afterwards */
proctype Pressure()
{
	byte s, v, set;
	bit stale, find, found, got, flush;
	unsigned life : 2;
	bit told[SOCKS];

end:
	do
	:: begin_work(PRESSED);
	   if
	   :: atomic { members() > PRESSURE -> use_net() }
	      /* fw2_pressure_apply(): fw2_survey(), fw2_walk() */
	      atomic { lock_shard() }
	      do
	      :: s < SOCKS ->
		if
		:: atomic { e[s].in && !e[s].orphan -> fw2_look(s) }
		   fw2_look_on(s);
		   d_step {
			sk[s].refs++;		/* fw2_tell_tracked() */
			told[s] = 1
		   }
		:: skip				/* it may stay */
		fi;
		s++
	      :: else -> break
	      od;
	      atomic { shard = 0; s = 0 }
	      do
	      :: s < SOCKS ->
		if
		:: told[s] ->
			fw2_settle(s, 1);
			told[s] = 0;
			sock_put(s)		/* fw2_told_put() */
		:: else
		fi;
		s++
	      :: else -> s = 0; break
	      od;
	      atomic { use_net(); queue(PRESSED) }
	   :: atomic { else -> use_net() }
	      pressed = 0;			/* clear_bit() */
#ifndef FAULT_PRESSED_UNSEEN
	      /* fw2_pressure_check() */
	      atomic {
		if
		:: members() > PRESSURE && !pressed ->
			pressed = 1;
			queue(PRESSED)
		:: else
		fi
	      }
#endif
	   fi;
	   end_work(PRESSED)
	od
}
#endif

/* ---- net.c, ruleset.c ------------------------------------------------- */

/* fw2_ruleset_put(): the last reference; queue_rcu_work() */
inline fw2_ruleset_put(set)
{
#ifdef FAULT_NO_GRACE
	set_gone[set] = 1
#else
	set_put[set] = 1
#endif
}

/* The kernel's RCU, and the work item that frees a set. */
proctype Rcu()
{
	byte s;

end:
	do
	:: atomic {
		!readers && (set_put[0] || set_put[1]) ->
		use_code();
		s = (set_put[0] -> 0 : 1);
		set_put[s] = 0;
		set_gone[s] = 1;
		s = 0
	   }
	od
}

#ifdef CHANGE
/* fw2_net_rules_changed(), and fw2_sysctl_limit(): fw2_net_changed() */
proctype Change()
{
	byte old;

	if
	:: atomic { !sysctls_gone -> writing = 1 }
	   atomic {
		!nets ->
		nets = 1;
		use_net();
		old = rules;
		rules = 1 - rules		/* rcu_replace_pointer() */
	   }
	   epoch++;				/* smp_store_release() */
#ifndef FAULT_NO_SWEEP_NOW
	   /* fw2_sweep_now() */
	   d_step { use_net(); sweeping[QUICK] = 1; queue(SWEEP + QUICK) }
	   d_step { use_net(); sweeping[REST] = 1; queue(SWEEP + REST) }
#endif
	   d_step {
		nets = 0;
		fw2_ruleset_put(old);
		use_code();
		writing = 0;
		old = 0
	   }
	:: skip
	fi
}
#endif

/* fw2_net_stop() */
inline fw2_net_stop()
{
	/* fw2_sysctl_unregister() waits for writers */
	atomic { !writing -> sysctls_gone = 1 }
	atomic {
		!nets ->
		s = rules;
		rules = NONE;
		listed = 0
	}
	fw2_ruleset_put(s);
#ifdef PRESSURE
	/* fw2_pressure_cancel() */
	pressed = 1;
	cancel(PRESSED);
#endif
#ifndef FAULT_NO_CANCEL
	/* fw2_sweep_cancel() */
	cancel(SWEEP + QUICK);
	cancel(SWEEP + REST);
#endif
	d_step { net_gone = 1; s = 0 }
}

/* ---- main.c ----------------------------------------------------------- */

inline fw2_flush_stop()
{
	flush_stopped = 1
}

inline fw2_probe_exit()
{
	registered = 0;				/* tracepoint_probe_unregister() */
#ifndef FAULT_NO_SYNC
	probes == 0				/* tracepoint_synchronize_unregister() */
#endif
}

inline fw2_adopt_stop()
{
	cancel(ADOPT)
}

inline fw2_nursery_stop()
{
	cancel(NURSERY);
	armed = 1;
	if
	:: slot -> d_step { assert(slot < BUSY); s = slot - 1; slot = 0 }
#ifndef FAULT_NO_REF
		sock_put(s)
#else
		use_sock(s)
#endif
	:: else
	fi;
	s = 0
}

/* fw2_shard_drain() */
inline fw2_table_drain()
{
	do
	:: atomic {
		members() ->
		lock_shard();
		s = (e[0].in -> 0 : SOCKS - 1);
		fw2_table_remove(s);
		shard = 0
	   }
#ifndef FAULT_NO_REF
	   sock_put(s);				/* the last one, perhaps */
#else
	   use_sock(s)
#endif
	:: atomic { !members() && !shard -> s = 0; break }
	od
}

inline fw2_net_exit()
{
	fw2_net_stop()				/* unregister_pernet_subsys() */
}

inline fw2_nursery_exit()
{
	nests_gone = 1
}

inline fw2_table_exit()
{
	table_gone = 1
}

/* fw2_init(), and fw2_exit() or the end of the namespace, or neither */
proctype Module()
{
	byte s;

#ifdef LOAD
	registered = 1;				/* fw2_probe_init() */
	/* fw2_adopt_start() */
#ifdef FAULT_ONE_ROUND
	rounds = 0;
#else
	rounds = 1;
#endif
	queue(ADOPT);
	!w[ADOPT].pending && !w[ADOPT].running;	/* flush_delayed_work() */
#endif
	if
	:: skip
#ifdef UNLOAD
	:: goto unload
#endif
#ifdef NETNS
	:: atomic { !sk[0].refs && !sk[SOCKS - 1].refs -> net_dead = 1 }
	   fw2_net_stop();
	   assert(!members() && !slot)
#endif
	fi;
	goto done;

#ifdef UNLOAD
unload:
	fw2_flush_stop();
	fw2_probe_exit();
#ifdef FAULT_ADOPT_STOPS_FIRST
	fw2_adopt_stop();
	fw2_nursery_stop();
#else
	fw2_nursery_stop();
	fw2_adopt_stop();
#endif
	fw2_table_drain();
	fw2_net_exit();
	fw2_nursery_exit();
	fw2_table_exit();
	/* rcu_barrier(); destroy_workqueue(), which waits for no timer */
#ifndef FAULT_NO_BARRIER
	!set_put[0] && !set_put[1];
#endif
	d_step {
		gone = 1;
		/* Nothing of the module is referenced, nothing is to run. */
		assert(!probes && !slot && !members());
		assert(!set_put[0] && !set_put[1]);
		assert(sk[0].refs == sk[0].held);
		assert(sk[SOCKS - 1].refs == sk[SOCKS - 1].held);
		s = 0;
		do
		:: s < WORKS ->
			assert(!w[s].pending && !w[s].running);
			s++
		:: else -> break
		od
	}
#endif
done:
	skip
}

/* ---- sockets ---------------------------------------------------------- */

/*
 * The kernel and the application, on behalf of one socket: a FIN that is
 * acknowledged, a FIN or a reset that comes, a close, a disconnect. Whoever it
 * is has the socket locked.
 */
proctype Socket(byte s)
{
	byte v, n;
	bit found;

life:
	atomic { !sk[s].locked -> sk[s].locked = 1; sk[s].entering = 1 }
#ifdef GAP
	/* It was hit by an abort that was meant for the one before it. */
	if
	:: atomic {
		sk[s].state == CLOSE ->
		sk[s].entering = 0;
		sk[s].after = 0;
		sk[s].locked = 0
	   }
	   goto closed
	:: atomic { else -> skip }
	fi;
#endif
	/* tcp_rcv_state_process(): tcp_set_state(sk, TCP_FIN_WAIT2) */
	fw2_enter(s);
	d_step {
		sk[s].state = FIN_WAIT2;
		sk[s].entering = 0;
		sk[s].after = 0;
		sk[s].locked = 0
	}

	/* The peer is silent for ever, sends something, or it is closed. */
	if
	:: skip
	:: goto leave
#if SOCKS == 1
	:: atomic { !sk[s].locked -> sk[s].dead = (sk[s].state == FIN_WAIT2) }
	   goto leave
#endif
	fi;
end_stay:
	atomic { sk[s].state == CLOSE && !sk[s].locked -> skip }
	goto closed;

leave:
	atomic { !sk[s].locked -> sk[s].locked = 1 }
	if
	:: sk[s].state != CLOSE ->
		/* tcp_fin(), tcp_reset(), tcp_disconnect(), a timer: tcp_done() */
		tcp_set_state_close(s)
	:: else -> sk[s].locked = 0
	fi;

closed:
	n++;
	if
	:: n < LIVES && !sk[s].dead ->
		/* tcp_disconnect(), connect() */
		atomic {
			!sk[s].locked ->
			sk[s].state = BEFORE;
			sk[s].hashed = 1;
			sk[s].life++
		}
		goto life
	:: skip
	fi;
	/* close(), or inet_csk_destroy_sock() of an orphan */
	atomic {
		!sk[s].locked ->
		sk[s].held = 0;
		sk[s].refs--
	}
	if
	:: n < LIVES ->
end_free:
		/* sk_alloc(): the same memory, once it is free */
		atomic {
			!sk[s].refs && !net_dead ->
			sk[s].refs = 1;
			sk[s].held = 1;
			sk[s].dead = 0;
			sk[s].state = BEFORE;
			sk[s].hashed = 1;
			sk[s].life++
		}
		goto life
	:: else
	fi
}

/*
 * Once nothing can happen any more: is there somebody who stays in FIN_WAIT_2
 * although there is a limit, or is still tracked and should not be?
 */
#define lost(s)		(sk[s].state == FIN_WAIT2 && !sk[s].dead && \
			 rules == LIMITED)
#define kept(s)		(e[s].in && (sk[s].state != FIN_WAIT2 || \
				     e[s].life != sk[s].life))

proctype Quiet()
{
end:
	timeout ->
	if
	:: registered && !net_gone ->
		assert(!lost(0) && !lost(SOCKS - 1));
		assert(!kept(0) && !kept(SOCKS - 1));
#ifndef FAULT_NO_REF
		assert(!slot && sk[0].refs == sk[0].held + e[0].in);
#endif
#ifdef PRESSURE
		assert(members() <= PRESSURE);
#endif
		skip
	:: else
	fi
}

init
{
	byte s;

	atomic {
		if
		:: rules = UNLIMITED
		:: rules = LIMITED
		fi;
#ifndef LOAD
		registered = 1;
#endif
		do
		:: s < SOCKS ->
			sk[s].state = BEFORE;
			sk[s].hashed = 1;
			sk[s].held = 1;
			sk[s].refs = 1;
			run Socket(s);
			s++
		:: else -> break
		od;
		s = 0;
		run Nursery();
		run Adopt();
		run Sweep(QUICK);
		run Sweep(REST);
#ifdef PRESSURE
		run Pressure();
#endif
		run Rcu();
#ifdef CHANGE
		run Change();
#endif
		run Module();
		run Quiet()
	}
}
