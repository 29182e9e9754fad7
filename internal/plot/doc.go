// Package plot draws what was seen on the wire: ports against time, one colour
// per source that rang an alarm, alarms marked. The same picture comes as SVG
// (self-contained: no script, no font, nothing fetched) and as PNG.
//
// Memory is fixed when a Plot is made. Points are counted, as they come, in a
// grid of bins: columns of time by rows of ports, a layer for each series. The
// range of time need not be known: when it is outgrown, neighbouring columns
// are added up and their width doubles. Ten points are drawn as marks, ten
// million as density.
//
// # Which source gets a colour
//
// A packet is seen before its source has rung any alarm, and a pipe can be read
// only once. So a Plot is filled in one pass, live or from a file, with the
// packets and the alarms in the order in which they come:
//
//   - A point of a source without an alarm is counted as other traffic, and
//     remembered with its source in a table of fixed size: the newest points of
//     each source, the busiest sources of each set of the table. A flood of
//     sources with one packet each pushes out only its like.
//   - When a source's alarm opens, the source becomes a series, its remembered
//     points are moved out of other traffic, and its further points go to the
//     series. What it sent longer ago stays grey, as it should: that was before
//     the scan.
//   - There are more layers than colours. When all layers are taken, an alarm of
//     greater severity displaces the series with the least, which joins "other
//     sources with alarms". The colours go, when the picture is drawn, to the
//     series of the greatest severity, then of the most points.
//   - A series whose alarms were all retracted becomes other traffic again.
//
// An alarm of many sources (decoys, a distributed scan) is one series.
//
// # Trust
//
// What is written comes from addresses and from our own words. Names that
// others chose are not drawn; the title is the operator's. Still, every text is
// reduced to printable ASCII and capped, and is escaped for XML, in one place.
package plot
