namespace Exchange.Node.Queries;

/// <summary>A query that this owner answered.</summary>
internal sealed class AnsweredQuery
{
    /// <summary>Who asked.</summary>
    public required string Caller { get; init; }

    /// <summary>The id it used up.</summary>
    public required string QueryId { get; init; }

    /// <summary>When it was answered, in milliseconds since 1970.</summary>
    public long Created { get; init; }

    /// <summary>Name of the offer it was answered under; null where the agreement is gone.</summary>
    public string? Offer { get; init; }

    /// <summary>The payload its asker signed; null where it was not kept.</summary>
    public byte[]? Query { get; init; }

    /// <summary>Cells released.</summary>
    public int Cells { get; init; }

    /// <summary>Non-empty cells withheld.</summary>
    public long Withheld { get; init; }

    /// <summary>The version of the dataset that answered.</summary>
    public int DatasetVersion { get; init; }
}
