// Package elastic writes records to Elasticsearch or OpenSearch by _bulk: an index
// for each month of the records' own time, under an index template that it puts
// there first. The name of a document follows from its record, so that one that is
// sent twice is there once.
package elastic
