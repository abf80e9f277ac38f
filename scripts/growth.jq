# The table and the plot of scripts/growth. The input is an object with what each part gave, by the part's name.

# ---------------------------------------------------------------- numbers

def places($count):
  pow(10; $count) as $unit
  | (. * $unit | round) as $all
  | ($all | fabs | tostring) as $digits
  | (if $all < 0 then "-" else "" end)
    + if $count == 0 then $digits
      else ("0" * ([0, $count + 1 - ($digits | length)] | max) // "") + $digits
           | .[:-$count] + "." + .[-$count:]
      end;

# Three digits that count; all of those before the point.
def digits:
  fabs as $size | places(if $size >= 99.95 then 0 elif $size >= 9.995 then 1 else 2 end);

def duration: if . < 0.9995 then (. * 1000 | digits) + " ms" else digits + " s" end;

# ---------------------------------------------------------------- what grows

def point($x; $name; $seconds; $times; $floor):
  {x: $x, label: $name, time: ($seconds.median * $times), least: ($seconds.min * $times),
   most: ($seconds.max * $times), floor: ($floor * $times)};

def step($x; $name): point($x; $name; .seconds.step; 1; .step.floor_seconds);

# Each part that was measured: how it is called, its axes, and its points. An axis of x is linear where 0 is on it.
def curves:
  [ (.pixels // empty
     | {title: "Pixels", x: "side of the picture, pixels", y: "time of a step", points:
        [.cases[] | step(.width * .height; "\(.width)")]}),
    (.steps // empty
     | {title: "Steps", x: "steps", y: "time of the loop", points:
        [.cases[] | point(.steps; "\(.steps)"; .seconds.step; .evaluations; .step.floor_seconds)]}),
    (.batch // empty
     | {title: "Batch", x: "pictures at once", y: "time of a step", points:
        [.cases[] | step(.batch_size; "\(.batch_size)")]}),
    (.chunks // empty
     | {title: "Prompt", x: "chunks of the prompt", y: "time of a step", points:
        [.cases[] | step(.chunks; "\(.chunks)")]}),
    (.loras // empty
     | {title: "LoRAs: a step", x: "LoRAs merged", y: "time of a step", linear: true, points:
        [.cases[] | step(.loras; "\(.loras)")]}),
    (.loras // empty
     | {title: "LoRAs: merging", x: "LoRAs merged, rank \(.merges[0].rank)", y: "time to load and merge", linear: true,
        points: [.merges[] | point(.loras; "\(.loras)"; .seconds; 1; .floor_seconds)]}) ];

# What all parts have in common, such as "sd15, fp32 on cpu, threads: 2".
def subject:
  [.pixels, .steps, .batch, .chunks, .loras | values][0] // empty
  | "\(.model), \(.cases[0].dtype) on \(.device)" + if .threads then ", threads: \(.threads)" else "" end;

# ---------------------------------------------------------------- the table

def rows:
  .points[0] as $first
  | (["", .x, .y, "floor", "times its floor", "grows", "floor grows"]
     | "| " + .[1] + " | " + .[2] + " | " + (.[3:] | join(" | ")) + " |"),
    "| --- | --- | --- | --- | --- | --- |",
    (.points[]
     | [.label, (.time | duration) + " (" + (.least | duration) + " to " + (.most | duration) + ")",
        (.floor | duration), (.time / .floor | digits), (.time / $first.time | digits),
        (.floor / $first.floor | digits)]
     | "| " + join(" | ") + " |"),
    "";

def table:
  (subject + ":", ""), (curves[] | "**\(.title)**", "", rows),
  (.memory // empty
   | "**Long batches**, the bundled model", "",
     "| pictures so far | resident | the most so far |", "| --- | --- | --- |",
     (.memory[]
      | "| \(.pictures) | \(.host_resident_bytes / 1048576 | round) MiB | \(.host_peak_bytes / 1048576 | round) MiB |"));

# ---------------------------------------------------------------- the plot

def width: 960;
def columns: 3;
def panel_width: 312;
def panel_height: 262;
def head: 64;

# The area that the curves are drawn in, within a panel.
def area: {left: 72, top: 34, width: 224, height: 168};

def measured_colour: "#0969da";
def floor_colour: "#bc4c00";
def ink: "#1f2328";
def faint: "#d1d9e0";

def coordinate: places(1);

def text($x; $y; $attributes; $words):
  "<text x=\"\($x | coordinate)\" y=\"\($y | coordinate)\" \($attributes)>\($words | @html)</text>";

def line($x1; $y1; $x2; $y2; $attributes):
  "<line x1=\"\($x1 | coordinate)\" y1=\"\($y1 | coordinate)\" x2=\"\($x2 | coordinate)\" y2=\"\($y2 | coordinate)\" \($attributes)/>";

# Both axes of y have room, and at least a decade: else noise would look like growth.
def limits:
  ([.points[] | .least, .floor] | min / 1.4) as $least
  | ([.points[] | .most, .floor] | max * 1.4) as $most
  | ($most / $least) as $ratio
  | if $ratio >= 10 then {$least, $most}
    else (10 / $ratio | sqrt) as $more | {least: ($least / $more), most: ($most * $more)} end;

# 1, 2 and 5 of each decade, or the decades alone where there are many.
def ticks:
  . as {$least, $most}
  | [range($least | log10 | floor; ($most | log10 | ceil) + 1) as $decade
     | (1, 2, 5) as $digit | {digit: $digit, value: ($digit * pow(10; $decade))}
     | select(.value >= $least and .value <= $most)]
  | (if length > 7 then map(select(.digit == 1)) else . end) | map(.value);

def tick_label:
  if . < 1 then . * 1000 | (if . >= 1 then places(0) else places(3) | sub("0+$"; "") end) + " ms"
  else places(0) + " s" end;

def path($attributes):
  "<polyline points=\"\(map("\(.[0] | coordinate),\(.[1] | coordinate)") | join(" "))\" fill=\"none\" \($attributes)/>";

def circle: "<circle cx=\"\(.[0] | coordinate)\" cy=\"\(.[1] | coordinate)\" r=\"3.5\" fill=\"\(measured_colour)\"/>";

def square:
  "<rect x=\"\(.[0] - 3 | coordinate)\" y=\"\(.[1] - 3 | coordinate)\" width=\"6\" height=\"6\" fill=\"#ffffff\" stroke=\"\(floor_colour)\" stroke-width=\"1.5\"/>";

def measured_stroke: "stroke=\"\(measured_colour)\" stroke-width=\"2\"";
def floor_stroke: "stroke=\"\(floor_colour)\" stroke-width=\"1.5\" stroke-dasharray=\"5 4\"";

# What a label needs beside another one.
def label_width: 8 * (tostring | length) + 4;

# $left and $top are the panel's corner.
def panel($left; $top):
  . as $curve
  | area as $area
  | limits as $limits
  | ($left + $area.left) as $x0 | ($top + $area.top) as $y0
  | ($x0 + $area.width) as $x1 | ($y0 + $area.height) as $y1
  | (if .linear then 0 else .points[0].x | log10 end) as $first
  | (.points[-1].x | if $curve.linear then . else log10 end) as $last
  | def across: ((if $curve.linear then . else log10 end) - $first)
      / (if $last > $first then $last - $first else 1 end) * ($area.width - 24) + $x0 + 12;
    def down: $y1 - ((. / $limits.least) | log10) / ($limits.most / $limits.least | log10) * $area.height;
    text($x0; $y0 - 12; "font-weight=\"600\" font-size=\"14\""; .title),
    ($limits | ticks[]
     | line($x0; down; $x1; down; "stroke=\"\(faint)\""),
       text($x0 - 7; down + 4; "text-anchor=\"end\""; tick_label)),
    (.points[] | line(.x | across; $y0; .x | across; $y1; "stroke=\"\(faint)\"")),
    # A label that would touch the one before it is left out.
    (reduce .points[] as $point ([];
       ($point.x | across) as $x
       | if length > 0 and $x - .[-1].x < ($point.label | label_width) then . else . + [{$x, label: $point.label}] end)
     | .[] | text(.x; $y1 + 17; "text-anchor=\"middle\""; .label)),
    "<rect x=\"\($x0 | coordinate)\" y=\"\($y0 | coordinate)\" width=\"\($area.width)\" height=\"\($area.height)\" fill=\"none\" stroke=\"\(ink)\"/>",
    text(($x0 + $x1) / 2; $y1 + 36; "text-anchor=\"middle\""; .x),
    (($y0 + $y1) / 2) as $middle
    | text($left + 12; $middle; "text-anchor=\"middle\" transform=\"rotate(-90 \($left + 12 | coordinate) \($middle | coordinate))\""; $curve.y),
    ($curve.points[] | line(.x | across; .least | down; .x | across; .most | down; measured_stroke)),
    ([$curve.points[] | [(.x | across), (.floor | down)]] | path(floor_stroke), (.[] | square)),
    ([$curve.points[] | [(.x | across), (.time | down)]] | path(measured_stroke), (.[] | circle));

def legend($x; $y):
  ([[$x, $y], [$x + 36, $y]] | path(measured_stroke)), ([$x + 18, $y] | circle),
  text($x + 44; $y + 4; ""; "measured: median, least to most"),
  ([[$x + 250, $y], [$x + 286, $y]] | path(floor_stroke)), ([$x + 268, $y] | square),
  text($x + 294; $y + 4; ""; "floor: the products alone, at the device's best");

def plot:
  curves as $curves
  | (head + (($curves | length) / columns | ceil) * panel_height - 8) as $height
  | "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \($height)\" width=\"\(width)\" height=\"\($height)\" font-family=\"-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"\(ink)\">",
    "<title>\("How time grows: " + subject | @html)</title>",
    "<rect x=\"0.5\" y=\"0.5\" width=\"\(width - 1)\" height=\"\($height - 1)\" rx=\"8\" fill=\"#ffffff\" stroke=\"\(faint)\"/>",
    text(20; 27; "font-size=\"16\" font-weight=\"600\""; "How time grows: " + subject),
    legend(20; 47),
    (range($curves | length) as $i
     | $curves[$i] | panel($i % columns * panel_width + 12; ($i / columns | floor) * panel_height + head)),
    "</svg>";
