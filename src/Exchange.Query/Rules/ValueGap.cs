using Exchange.Protocol.Query.V1;

namespace Exchange.Query.Rules;

/// <summary>Rows that go into one figure of an answer and not into another, because they lack the value.</summary>
/// <param name="All">Index of the support that is counted with them.</param>
/// <param name="Present">Index of the support that is counted without.</param>
/// <param name="Missing">The condition for them, within a cell.</param>
public sealed record ValueGap(int All, int Present, Expression Missing);
