-- Redis's clock, and calls with more arguments than one call takes.
local time = redis.call('TIME')
local NOW = time[1] * 1000 + math.floor(time[2] / 1000)
local SLICE = 1000

local function text(n) return string.format('%.0f', n) end

-- Calls `command key …` with `list[first..last]`, a slice at a time.
local function in_slices(command, key, list, first, last)
  for i = first, last, SLICE do
    redis.call(command, key, unpack(list, i, math.min(i + SLICE - 1, last)))
  end
end
