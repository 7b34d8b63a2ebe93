namespace Exchange.Engines.Publishing;

/// <summary>Rows that break one rule.</summary>
/// <param name="Column">The column of the source; empty for a rule about whole lines.</param>
/// <param name="Rule">What is broken, in words and without data, such as <c>not a whole number</c>.</param>
/// <param name="RowCount">How many rows break it.</param>
/// <param name="FirstLines">
/// Ascending, at most five: lines of a text file, its header being line 1; row numbers from 1 of a Parquet file or an SQLite table.
/// </param>
public sealed record Violation(string Column, string Rule, long RowCount, IReadOnlyList<long> FirstLines);
