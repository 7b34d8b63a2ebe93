using Exchange.Query.Execution;

namespace Exchange.Query.Rules;

/// <summary>A set of rows of one cell whose figures follow from what the cell would release.</summary>
/// <param name="Contribution">Index of the contribution whose sum follows too; -1 when only a count does.</param>
/// <param name="Support">Its rows and units.</param>
/// <param name="Total">The contribution's total; default for a count.</param>
public readonly record struct DifferenceCount(int Contribution, SupportCount Support, GrossTotal Total);
