namespace Exchange.Privacy.SecureSums;

/// <summary>Whether sums hold a participant's data.</summary>
public enum DataState : byte
{
    /// <summary>Those that it tells of do; or whether any do does not matter.</summary>
    Same = 0,

    /// <summary>None does, and none may.</summary>
    New = 1,

    /// <summary>One may, that it knows no more of: its values left, and it did not give what opens that sum.</summary>
    Unsure = 2,
}
