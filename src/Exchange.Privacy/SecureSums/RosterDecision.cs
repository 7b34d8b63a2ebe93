using System.Collections.Immutable;

namespace Exchange.Privacy.SecureSums;

/// <summary>What <see cref="RosterRule"/> says of a roster.</summary>
/// <param name="IsAdmitted">Whether its sum may be told beside those told before.</param>
/// <param name="IsRepeat">Whether a sum over just these was told before; nobody may drop out of a repeat.</param>
/// <param name="WouldPass">Of a refused roster, those nearest to it that pass, nearest first, each in ordinal order; none of an admitted one.</param>
public sealed record RosterDecision(bool IsAdmitted, bool IsRepeat, ImmutableArray<ImmutableArray<string>> WouldPass);
