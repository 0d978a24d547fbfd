using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace EtlTools.Shell.Pester;

/// <summary>An assertion. Each operator is a parameter set of its own, so that what is not known does not bind.</summary>
[Cmdlet("Assert", "PesterShould")]
[Word("Should")]
public sealed class ShouldCommand : PSCmdlet
{
    private const string CatchScript = "param($Body, $Caught) try { do { $null = & $Body } while ($false) } catch { $Caught.Add($_) }";

    private readonly List<object?> _input = [];

    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    public object? ActualValue { get; set; }

    [Parameter]
    public SwitchParameter Not { get; set; }

    [Parameter]
    public string Because { get; set; } = "";

    [Parameter(Mandatory = true, ParameterSetName = nameof(Be))]
    public SwitchParameter Be { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(BeExactly))]
    public SwitchParameter BeExactly { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(BeNullOrEmpty))]
    public SwitchParameter BeNullOrEmpty { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(BeTrue))]
    public SwitchParameter BeTrue { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(BeFalse))]
    public SwitchParameter BeFalse { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(BeGreaterThan))]
    [Alias("GT")]
    public SwitchParameter BeGreaterThan { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(BeGreaterOrEqual))]
    [Alias("GE")]
    public SwitchParameter BeGreaterOrEqual { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(BeLessThan))]
    [Alias("LT")]
    public SwitchParameter BeLessThan { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(BeLessOrEqual))]
    [Alias("LE")]
    public SwitchParameter BeLessOrEqual { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(BeLike))]
    public SwitchParameter BeLike { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(BeLikeExactly))]
    public SwitchParameter BeLikeExactly { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(Match))]
    public SwitchParameter Match { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(MatchExactly))]
    [Alias("CMATCH")]
    public SwitchParameter MatchExactly { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(Contain))]
    public SwitchParameter Contain { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(BeIn))]
    public SwitchParameter BeIn { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(HaveCount))]
    public SwitchParameter HaveCount { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(BeOfType))]
    [Alias("HaveType")]
    public SwitchParameter BeOfType { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(Exist))]
    public SwitchParameter Exist { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(Throw))]
    public SwitchParameter Throw { get; set; }

    [Parameter(Position = 0, ParameterSetName = nameof(Be))]
    [Parameter(Position = 0, ParameterSetName = nameof(BeExactly))]
    [Parameter(Position = 0, ParameterSetName = nameof(BeGreaterThan))]
    [Parameter(Position = 0, ParameterSetName = nameof(BeGreaterOrEqual))]
    [Parameter(Position = 0, ParameterSetName = nameof(BeLessThan))]
    [Parameter(Position = 0, ParameterSetName = nameof(BeLessOrEqual))]
    [Parameter(Position = 0, ParameterSetName = nameof(BeLike))]
    [Parameter(Position = 0, ParameterSetName = nameof(BeLikeExactly))]
    [Parameter(Position = 0, ParameterSetName = nameof(Contain))]
    [Parameter(Position = 0, ParameterSetName = nameof(BeIn))]
    [Parameter(Position = 0, ParameterSetName = nameof(HaveCount))]
    public object? ExpectedValue { get; set; }

    [Parameter(Position = 0, ParameterSetName = nameof(Match))]
    [Parameter(Position = 0, ParameterSetName = nameof(MatchExactly))]
    public string RegularExpression { get; set; } = "";

    [Parameter(Position = 0, ParameterSetName = nameof(BeOfType))]
    public object? ExpectedType { get; set; }

    [Parameter(Position = 0, ParameterSetName = nameof(Throw))]
    public string ExpectedMessage { get; set; } = "";

    [Parameter(Position = 1, ParameterSetName = nameof(Throw))]
    public string ErrorId { get; set; } = "";

    [Parameter(Position = 2, ParameterSetName = nameof(Throw))]
    public Type? ExceptionType { get; set; }

    [Parameter(ParameterSetName = nameof(Throw))]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord() => _input.Add(ActualValue);

    protected override void EndProcessing()
    {
        if (_input.Count == 0)
            Judge(null);
        else if (ParameterSetName is nameof(Be) or nameof(BeExactly) or nameof(BeNullOrEmpty) or nameof(Contain) or nameof(HaveCount))
            Judge(_input.ToArray());
        else
            _input.ForEach(Judge);
    }

    private void Judge(object? actual)
    {
        Verdict verdict = ParameterSetName switch
        {
            nameof(Be) => Assertions.Be(actual, ExpectedValue, caseSensitive: false),
            nameof(BeExactly) => Assertions.Be(actual, ExpectedValue, caseSensitive: true),
            nameof(BeNullOrEmpty) => Assertions.BeNullOrEmpty(actual),
            nameof(BeTrue) => new Verdict(LanguagePrimitives.IsTrue(actual), "be $true"),
            nameof(BeFalse) => new Verdict(!LanguagePrimitives.IsTrue(actual), "be $false"),
            nameof(BeGreaterThan) => Assertions.Compare(actual, ExpectedValue, order => order > 0, "be greater than"),
            nameof(BeGreaterOrEqual) => Assertions.Compare(actual, ExpectedValue, order => order >= 0, "be greater than or equal to"),
            nameof(BeLessThan) => Assertions.Compare(actual, ExpectedValue, order => order < 0, "be less than"),
            nameof(BeLessOrEqual) => Assertions.Compare(actual, ExpectedValue, order => order <= 0, "be less than or equal to"),
            nameof(BeLike) => Assertions.BeLike(actual, ExpectedValue, WildcardOptions.IgnoreCase),
            nameof(BeLikeExactly) => Assertions.BeLike(actual, ExpectedValue, WildcardOptions.None),
            nameof(Match) => Assertions.Match(actual, RegularExpression, caseSensitive: false),
            nameof(MatchExactly) => Assertions.Match(actual, RegularExpression, caseSensitive: true),
            nameof(Contain) => Assertions.Contain(actual, ExpectedValue),
            nameof(BeIn) => Assertions.BeIn(actual, ExpectedValue),
            nameof(HaveCount) => Assertions.HaveCount((object?[]?)actual, ExpectedValue),
            nameof(BeOfType) => Assertions.BeOfType(actual, ExpectedType),
            nameof(Exist) => new Verdict(InvokeProvider.Item.Exists(LanguagePrimitives.ConvertTo<string>(actual)), "exist"),
            _ => JudgeThrow(actual),
        };

        if (verdict.Holds == Not)
            Fail($"Expected {ValueText.Of(actual)} {(Not ? "not " : "")}to {verdict.Wish},{Reason()} but {verdict.But ?? (Not ? "it did" : "it did not")}.");
    }

    private Verdict JudgeThrow(object? actual)
    {
        if ((actual is PSObject wrapped ? wrapped.BaseObject : actual) is not ScriptBlock body)
            throw new PSArgumentException("Should -Throw takes a script block from the pipeline.");
        var caught = new List<ErrorRecord>();
        InvokeCommand.InvokeScript(CatchScript, useNewScope: true, PipelineResultTypes.Output | PipelineResultTypes.Error, null, body, caught);

        // -Not asks for no exception at all, whatever filter is given.
        if (Not || caught.Count == 0)
            return new Verdict(caught.Count > 0, "throw", caught.Count > 0 ? $"it threw: {caught[0].Exception.Message}" : null);
        ErrorRecord error = caught[0];
        List<string> differences = [];
        if (ExceptionType is not null && !ExceptionType.IsInstanceOfType(error.Exception))
            differences.Add($"the exception's type was [{error.Exception.GetType()}], not [{ExceptionType}]");
        if (!Assertions.IsLike(error.Exception.Message, ExpectedMessage))
            differences.Add($"the message was {ValueText.Of(error.Exception.Message)}, not like {ValueText.Of(ExpectedMessage)}");
        if (!Assertions.IsLike(error.FullyQualifiedErrorId, ErrorId))
            differences.Add($"the FullyQualifiedErrorId was {ValueText.Of(error.FullyQualifiedErrorId)}, not like {ValueText.Of(ErrorId)}");
        if (differences.Count == 0 && PassThru)
            WriteObject(error);
        return new Verdict(differences.Count == 0, "throw", string.Join(" and ", differences));
    }

    private string Reason() => Because.Trim() is { Length: > 0 } because
        ? $" because {(because.StartsWith("because ", StringComparison.OrdinalIgnoreCase) ? because[8..] : because)},"
        : "";

    private void Fail(string message)
    {
        var error = new ErrorRecord(new InvalidOperationException(message), "PesterAssertionFailed", ErrorCategory.InvalidResult, null);
        ThrowTerminatingError(error);
    }
}
