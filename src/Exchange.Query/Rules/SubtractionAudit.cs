using Exchange.Protocol.Query.V1;

namespace Exchange.Query.Rules;

/// <summary>
/// What the figures of one cell tell about each other: SUM(x) minus SUM(x) FILTER (WHERE c) is the sum over the rows where c does not
/// hold, and with three filters there are more ways. Sums that can be subtracted are of one kind: counts, or one contribution.
/// </summary>
/// <remarks>
/// The figures of a kind are sums over atoms, the sets of rows that fulfil the same conditions; the atoms that have rows are what the
/// data say. A set of atoms can be read off exactly if its 0/1 vector is a combination of those of the figures (a linear system has
/// no other certain consequences). It is enough to hold the smallest such sets to the rules: a larger one is a union of disjoint ones,
/// since the difference of two nested sets is one too, and unions keep every rule that their parts keep. What follows only within
/// bounds is covered for single atoms and for what two figures have in common or one alone, kind by kind (see <see cref="AtomIntervals"/>).
/// </remarks>
/// <param name="Conditions">Conditions within a cell; null for all of its rows. At most <see cref="ConditionsMax"/>.</param>
/// <param name="Kinds">Kinds with two or more figures.</param>
public sealed record SubtractionAudit(IReadOnlyList<Expression?> Conditions, IReadOnlyList<FigureKind> Kinds)
{
    /// <summary>Most conditions: which of them a row fulfils is written in the bits of a long.</summary>
    public const int ConditionsMax = 62;
}

/// <summary>Figures of one kind.</summary>
/// <param name="Contribution">Index of the contribution that is added up; -1 for counts.</param>
/// <param name="Conditions">Bit i: a figure is released over the rows that fulfil condition i.</param>
public sealed record FigureKind(int Contribution, ulong Conditions);
