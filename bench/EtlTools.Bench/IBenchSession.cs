namespace EtlTools.Bench;

/// <summary>A PowerShell session with the built module and Write-BenchObject.</summary>
internal interface IBenchSession : IDisposable
{
    /// <summary>What runs it.</summary>
    string Host { get; }

    /// <summary>Runs a script to its end.</summary>
    void Invoke(string script);

    /// <summary>Seconds that a script takes.</summary>
    double Time(string script);
}
