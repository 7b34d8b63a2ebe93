namespace Exchange.Privacy.SecureSums;

/// <summary>The messages of a participant, in their order; one of each, and none twice.</summary>
public enum Round : byte
{
    /// <summary>A public key.</summary>
    Keys = 1,

    /// <summary>Sealed shares of the self-mask's seed and of the key to its other masks, for everybody who sent keys.</summary>
    Shares = 2,

    /// <summary>The masked values.</summary>
    Input = 3,

    /// <summary>Who is in the sum.</summary>
    Survivors = 4,

    /// <summary>A share of the seed of each survivor, and of the key to the masks of each that dropped out.</summary>
    Unmasking = 5,
}
