package main

import "io"

func runTop(args []string, stdout, stderr io.Writer) int        { return exitUsage }
func runReport(args []string, stdout, stderr io.Writer) int     { return exitUsage }
func runExport(args []string, stdout, stderr io.Writer) int     { return exitUsage }
func runCompletion(args []string, stdout, stderr io.Writer) int { return exitUsage }
