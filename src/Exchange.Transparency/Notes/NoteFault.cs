namespace Exchange.Transparency.Notes;

/// <summary>Why a note is not believed.</summary>
public enum NoteFault
{
    /// <summary>It is.</summary>
    None,

    /// <summary>It is not of the form of a signed note.</summary>
    Malformed,

    /// <summary>Two of the known keys share name and id, so whose signature it is cannot be told.</summary>
    AmbiguousKey,

    /// <summary>A signature of a known key does not hold.</summary>
    InvalidSignature,

    /// <summary>No known key signed it.</summary>
    Unverified,
}
