namespace EtlTools.Testing;

/// <summary>What a load that is killed loads into.</summary>
internal interface IKillSubject
{
    string ConnectionString { get; }

    /// <summary>The path of the dead letter.</summary>
    string Letters { get; }

    /// <summary>Makes the table afresh, and does away with letters and watermarks.</summary>
    void Reset();

    /// <summary>The table's rows, in the order of the key.</summary>
    string[] Rows();

    /// <summary>The records that the dead letter gives back, a line each.</summary>
    IEnumerable<string> ReadLetters();
}
