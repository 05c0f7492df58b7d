-- The quotas' state: buckets (`tat`: when the bucket is empty again; `pause`; `factor` as of `at`) and lanes.
-- KEYS: the quota user's bucket, the project's bucket, the lane of the request's kind. All times in µs.
local USER, PROJECT, LANE = KEYS[1], KEYS[2], KEYS[3]
local WINDOW = tonumber(ARGV[1])
local SLOW_LANE = ARGV[2] == '1'
local FACTOR_LEAST = 0.1
local FACTOR_GAIN = 0.12 / WINDOW
local INTERVAL_FIRST, INTERVAL_MOST = WINDOW / 30, WINDOW
local INTERVAL_HALF_LIFE = 2 * WINDOW

local time = redis.call('TIME')
local NOW = time[1] * 1000000 + time[2]

local function text(n) return string.format('%.0f', n) end

local FIELDS = { 'tat', 'pause', 'factor', 'interval', 'at' }
local function read(key)
  local values = redis.call('HMGET', key, unpack(FIELDS))
  local state = {}
  for i, name in ipairs(FIELDS) do state[name] = tonumber(values[i]) or 0 end
  return state
end

-- The share of its rate that a bucket or lane may use now: it recovers by a constant amount per time.
local function factor(state)
  if state.factor == 0 then return 1 end
  return math.min(1, state.factor + (NOW - state.at) * FACTOR_GAIN)
end

-- The distance that a slow lane keeps now: it halves from time to time, until there is none.
local function interval(state)
  local halvings = math.floor((NOW - state.at) / INTERVAL_HALF_LIFE)
  local now = state.interval / 2 ^ halvings
  return now < INTERVAL_FIRST / 2 and 0 or now
end

local function write(key, state, ...)
  local flat = {}
  for _, name in ipairs({ ... }) do
    flat[#flat + 1] = name
    flat[#flat + 1] = name == 'factor' and tostring(state[name]) or text(state[name])
  end
  redis.call('HSET', key, unpack(flat))
  local life = math.max(10 * WINDOW, state.pause - NOW + WINDOW, state.tat - NOW + WINDOW)
  redis.call('PEXPIRE', key, text(life / 1000))
end
