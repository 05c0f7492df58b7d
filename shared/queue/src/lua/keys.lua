-- The keys and settings that every script is called with.
local ALL       = KEYS[1]  -- stream of fan-out jobs, group `fanout`
local URGENT    = KEYS[2]  -- stream of urgent keyed jobs, group `workers`
local MASS      = KEYS[3]  -- stream of all other keyed jobs, group `workers`
local DELAYED   = KEYS[4]  -- zset: packed job -> due time (ms)
local DEAD      = KEYS[5]  -- stream of dead letters
local MARKS     = KEYS[6]  -- hash: key -> where its waiting or delayed job is
local PARKED    = KEYS[7]  -- hash: key -> packed job that waits for the key's holder
local HISTORY   = KEYS[8]  -- hash: job_id -> JSON list of its failed attempts
local TOKEN     = KEYS[9]  -- string: the last fencing token
local COUNTERS  = KEYS[10] -- hash: counter -> number
local EVENTS    = KEYS[11] -- capped stream: the live feed
local RUNS      = KEYS[12] -- zset: run_id -> time queued (ms)
local OPEN      = KEYS[13] -- set: run ids of unfinished fan-outs
local POISON    = KEYS[14] -- hash: key -> id of its dead letter by deaths
local CHECKED   = KEYS[15] -- hash: key -> time of the last run that did its work, but for successes (ms)
local SUCCEEDED = KEYS[16] -- hash: key -> time of the last success (ms)
local LAST      = KEYS[17] -- hash: key -> status and id of its last recorded run
local WORKERS   = KEYS[18] -- hash: worker id -> its heartbeat (JSON)
local BEATS     = KEYS[19] -- zset: worker id -> time of its heartbeat (ms)
local WAKE      = KEYS[20] -- stream of one entry: a delayed job is due sooner than was known
-- Built from these, under the same tag: lease:<key>, also:<job_id>, idem:<digest>,
-- resuming, run:<run_id>, run:<run_id>:jobs, runs:<key>, runs:is:<status>, all:<origin>.

local P, KEY_FIELD, KIND, ALL_KEY = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
