using System.Management.Automation;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Workers of a constrained session: each way in which a script comes to run in one tries to write a file, which the
/// session itself may not.</summary>
public sealed class ConstrainedLanguageTests : IDisposable
{
    private const string Write = "[IO.File]::WriteAllText($env:ETL_LEAK, 'x')";

    private readonly ModuleSession _session = new();

    public ConstrainedLanguageTests()
    {
        _session.Write("writer.psm1", $"function Write-Leak {{ {Write} }}");
        _session.Write("eager.psm1", Write);
        _session.Run($$"""
            $env:ETL_LEAK = '{{Leak}}'
            function Invoke-Trusted($Block) { @{ n = 1 } | Invoke-EtlTransform $Block }
            function Invoke-TrustedColumn($Block) { @{ n = 1 } | Invoke-EtlTransform -SetColumn @{ x = $Block } }
            $ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
            function Write-Leak { {{Write}} }
            """);
    }

    private string Leak => _session.PathOf("leak");

    public static TheoryData<string, string> Ways => new()
    {
        { "the session itself", Write },
        { "-ScriptBlock", $"@{{ n = 1 }} | Invoke-EtlTransform {{ {Write}; $_ }}" },
        { "a block in the block", $"@{{ n = 1 }} | Invoke-EtlTransform {{ $inner = {{ {Write} }}; & $inner; $_ }}" },
        { "-FilterScript", $"@{{ n = 1 }} | Invoke-EtlTransform -FilterScript {{ {Write}; $true }}" },
        { "-SetColumn", $"@{{ n = 1 }} | Invoke-EtlTransform -SetColumn @{{ x = {{ {Write} }} }}" },
        { "-Function", "@{ n = 1 } | Invoke-EtlTransform { Write-Leak; $_ } -Function Write-Leak" },
        { "-Function beside -InitializationScript", "@{ n = 1 } | Invoke-EtlTransform { Write-Leak; $_ } -Function Write-Leak -InitializationScript { $x = 1 }" },
        { "-InitializationScript", $"@{{ n = 1 }} | Invoke-EtlTransform {{ $_ }} -InitializationScript {{ {Write} }}" },
        { "a function of -InitializationScript", $"@{{ n = 1 }} | Invoke-EtlTransform {{ Write-Late; $_ }} -InitializationScript {{ function Write-Late {{ {Write} }} }}" },
        { "-ImportModule, a function", "@{ n = 1 } | Invoke-EtlTransform { Write-Leak; $_ } -ImportModule ./writer.psm1" },
        { "-ImportModule, its body", "@{ n = 1 } | Invoke-EtlTransform { $_ } -ImportModule ./eager.psm1" },
        { "an attribute of a parameter of -ScriptBlock", $"@{{ n = 1 }} | Invoke-EtlTransform {{ param({Attribute}$a) $_ }} -ArgumentList 1" },
        { "an attribute of a parameter of -FilterScript", $"@{{ n = 1 }} | Invoke-EtlTransform -FilterScript {{ param({Attribute}$a) $true }} -ArgumentList 1" },
        { "an attribute of a parameter of -SetColumn", $"@{{ n = 1 }} | Invoke-EtlTransform -SetColumn @{{ x = {{ param({Attribute}$a) 1 }} }} -ArgumentList 1" },
        { "a default of a parameter", $"@{{ n = 1 }} | Invoke-EtlTransform {{ param($a = {Write}) $_ }}" },
        { "a type of a parameter", "@{ n = 1 } | Invoke-EtlTransform { param([IO.StreamWriter]$a) $_ } -ArgumentList $env:ETL_LEAK" },
        { "a block that a trusted function passes on", $"Invoke-Trusted {{ {Write}; $_ }}" },
        { "a column's block that a trusted function passes on", $"Invoke-TrustedColumn {{ {Write} }}" },
    };

    private const string Attribute = $"[ValidateScript({{ {Write}; $true }})]";

    public void Dispose() => _session.Dispose();

    [Theory]
    [MemberData(nameof(Ways))]
    public void Script_InAConstrainedSession_IsRefused(string way, string script)
    {
        Outcome outcome = _session.Try(script);
        Assert.False(File.Exists(Leak), $"{way}: the file was written.");
        string message = outcome.Terminating?.Message ?? outcome.EndingError.ToString();
        Assert.Contains("in this language mode", message, StringComparison.Ordinal);
    }

    /// <summary>What a constrained session may do, its workers may too.</summary>
    [Fact]
    public void Script_InAConstrainedSession_DoesWhatTheSessionMay()
    {
        var output = _session.Run("""
            function Get-Mode { "$($ExecutionContext.SessionState.LanguageMode)" }
            @{ n = 2 }, @{ n = 3 } | Invoke-EtlTransform { param([ValidateRange(1, 9)][int]$a) $_.n = $_.n * $a; $_.mode = Get-Mode; $_ } -ArgumentList 3 -Function Get-Mode -FilterScript { $_.n -gt 2 } |
                ForEach-Object { "$($_.n) $($_.mode)" }
            """);
        Assert.Equal("9 ConstrainedLanguage", Assert.Single(output).ToString());
    }

    [Fact]
    public void Function_ThatIsAFilter_StaysOne()
    {
        var output = _session.Run("""
            filter Add-Tail { "$_." }
            @{ n = 1 } | Invoke-EtlTransform { $_.n = ('a', 'b' | Add-Tail) -join ''; $_.kind = "$((Get-Command Add-Tail).CommandType)"; $_ } -Function Add-Tail | ForEach-Object { "$($_.n) $($_.kind)" }
            """);
        Assert.Equal("a.b. Filter", Assert.Single(output).ToString());
    }
}
