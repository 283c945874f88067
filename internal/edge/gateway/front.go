package gateway

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
	"github.com/versity/versitygw/auth"
	vbackend "github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3api"
	"github.com/versity/versitygw/s3api/middlewares"
	"github.com/versity/versitygw/s3err"
)

// defaultRegion serves requests that name no region, and those whose region is
// malformed: it tells them so.
const defaultRegion = "us-east-1"

// maxRegions bounds the fronts, as the plane bounds regions.
const maxRegions = 40

// regionForm is what AWS's region names look like.
var regionForm = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]{1,12}){1,3}-[0-9]{1,2}$`)

// front turns HTTP into calls of the backend. A versitygw server checks
// signatures of one region; Tenon's clients sign with any, so there is one for
// each region in use, all over the same backend.
type front struct {
	backend vbackend.Backend
	log     *slog.Logger
	keys    keyring
	root    string   // versitygw's own administrator, a secret nobody is told
	told    Arrivals // of objects that arrive; may be nil
	owner   string

	mu      sync.RWMutex // guards regions
	regions map[string]fasthttp.RequestHandler
}

// serve answers one request.
func (f *front) serve(ctx *fasthttp.RequestCtx) {
	if err := checkBody(&ctx.Request); err != nil {
		// The body is unread: what follows on this connection is not a request.
		ctx.SetConnectionClose()
		f.fail(ctx, err)
		return
	}
	accessKeyID, name := credentialScope(&ctx.Request)
	if _, known := f.keys.lookup(accessKeyID); !known || !regionForm.MatchString(name) {
		name = defaultRegion
	}
	handler, err := f.region(name)
	if err != nil {
		f.fail(ctx, err)
		return
	}
	handler(ctx)
	drain(ctx)
}

// drain reads what the handler left of the body: a connection that is closed while its client still sends is reset, and the
// client does not hear the answer. After a longer rest, or a slower one, it is closed nonetheless.
func drain(ctx *fasthttp.RequestCtx) {
	body := ctx.RequestBodyStream()
	if body == nil {
		return
	}
	conn := ctx.Conn()
	_ = conn.SetReadDeadline(time.Now().Add(maxDrainTime)) // of a connection that is gone, which the next read finds
	if n, err := io.CopyN(io.Discard, body, maxDrained+1); err != io.EOF || n > maxDrained {
		ctx.SetConnectionClose()
	}
	_ = conn.SetReadDeadline(time.Time{})
}

// region gives the handler for a region, made on first need.
func (f *front) region(name string) (fasthttp.RequestHandler, error) {
	f.mu.RLock()
	h := f.regions[name]
	f.mu.RUnlock()
	if h != nil {
		return h, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if h := f.regions[name]; h != nil {
		return h, nil
	}
	if len(f.regions) >= maxRegions {
		return nil, refusal("TooManyRegions", http.StatusBadRequest,
			fmt.Sprintf("region %s: this server already serves %d regions", name, maxRegions))
	}
	b := f.backend
	if f.told != nil {
		b = &arrivals{Backend: b, region: name, owner: f.owner, told: f.told, log: f.log}
	}
	admin := middlewares.RootUserConfig{Access: "root-" + f.root, Secret: f.root}
	api, err := s3api.New(b, admin, name, f.keys, nil, nil, nil, nil,
		s3api.WithQuiet(), s3api.WithKeepAlive(), s3api.WithDisableACL(),
		s3api.WithMpMaxParts(maxMultipartPart),
		s3api.WithConcurrencyLimiter(maxConnections, maxRequests)) // unset, every call is answered SlowDown
	if err != nil {
		return nil, err
	}
	if h, err = handlerOf(api); err != nil {
		return nil, err
	}
	if f.regions == nil {
		f.regions = map[string]fasthttp.RequestHandler{}
	}
	f.regions[name] = h
	return h, nil
}

// handlerOf takes the HTTP handler out of a versitygw server, which offers to
// listen on an address but not to serve a listener, nor to be one of several
// handlers of one. It reads an unexported field and says so if it has gone.
func handlerOf(api *s3api.S3ApiServer) (fasthttp.RequestHandler, error) {
	field := reflect.ValueOf(api).Elem().FieldByName("app")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*fiber.App]() {
		return nil, errors.New("this version of versitygw keeps its handler elsewhere")
	}
	return (*fiber.App)(field.UnsafePointer()).Handler(), nil
}

// checkBody bounds bodies before anything reads them. Object data may be as
// long as S3 allows and is streamed; everything else is held in memory.
func checkBody(req *fasthttp.Request) error {
	n := req.Header.ContentLength()
	if n == -1 { // chunked transfer: S3 wants the length first
		return s3err.GetAPIError(s3err.ErrMissingContentLength)
	}
	if req.Header.IsPost() && len(req.Header.MultipartFormBoundary()) > 0 {
		return refusal("NotImplemented", http.StatusNotImplemented, "uploads by HTML form are not implemented by Tenon")
	}
	if n > maxControlBytes && !isUpload(req) {
		return refusal("MaxMessageLengthExceeded", http.StatusBadRequest,
			fmt.Sprintf("request of %d bytes; this operation takes at most %d", n, maxControlBytes))
	}
	return nil
}

// isUpload tells PutObject and UploadPart from all else.
func isUpload(req *fasthttp.Request) bool {
	_, key, _ := strings.Cut(strings.TrimPrefix(string(req.URI().PathOriginal()), "/"), "/")
	if !req.Header.IsPut() || key == "" {
		return false
	}
	for name := range req.URI().QueryArgs().All() {
		switch n := strings.ToLower(string(name)); {
		case n == "partnumber", n == "uploadid", n == "x-id", strings.HasPrefix(n, "x-amz-"):
		default:
			return false
		}
	}
	return true
}

// credentialScope reads access key id and region out of the signature, in
// either form, without judging it: <id>/<date>/<region>/s3/aws4_request.
func credentialScope(req *fasthttp.Request) (accessKeyID, region string) {
	scope := string(req.URI().QueryArgs().Peek("X-Amz-Credential"))
	if _, rest, ok := strings.Cut(string(req.Header.Peek("Authorization")), "Credential="); ok {
		scope, _, _ = strings.Cut(rest, ",")
	}
	parts := strings.Split(scope, "/")
	if len(parts) != 5 {
		return "", ""
	}
	return parts[0], parts[2]
}

// fail answers with an S3 error document.
func (f *front) fail(ctx *fasthttp.RequestCtx, err error) {
	var known s3err.S3Error
	if !errors.As(err, &known) {
		f.log.Error("s3 gateway", "error", err)
		known = s3err.GetAPIError(s3err.ErrInternalError)
	}
	ctx.SetStatusCode(known.StatusCode())
	ctx.SetContentType("application/xml")
	if !ctx.IsHead() {
		ctx.SetBody(known.XMLBody("", ""))
	}
}

// refusal is an S3 error of our own.
func refusal(code string, status int, text string) s3err.APIError {
	return s3err.APIError{Code: code, Description: text, HTTPStatusCode: status}
}

// keyring is the plane's access keys as versitygw asks for them. Whoever holds
// one is an administrator of the folder, as in a single AWS account.
type keyring struct {
	lookup func(accessKeyID string) (secret string, ok bool)
}

// GetUserAccount looks one key up, anew for every request.
func (k keyring) GetUserAccount(accessKeyID string) (auth.Account, error) {
	secret, ok := k.lookup(accessKeyID)
	if !ok {
		return auth.Account{}, auth.ErrNoSuchUser
	}
	return auth.Account{Access: accessKeyID, Secret: secret, Role: auth.RoleAdmin}, nil
}

// ResolveAccounts gives those of the ids that are no keys.
func (k keyring) ResolveAccounts(accessKeyIDs []string) (missing []string, err error) {
	for _, id := range accessKeyIDs {
		if _, ok := k.lookup(id); !ok {
			missing = append(missing, id)
		}
	}
	return missing, nil
}

// errManaged answers versitygw's own account administration.
var errManaged = s3err.GetAPIError(s3err.ErrAdminMethodNotSupported)

// CreateAccount is not for this door: keys are the plane's.
func (keyring) CreateAccount(auth.Account) error { return errManaged }

// UpdateUserAccount is not for this door: keys are the plane's.
func (keyring) UpdateUserAccount(string, auth.MutableProps) error { return errManaged }

// DeleteUserAccount is not for this door: keys are the plane's.
func (keyring) DeleteUserAccount(string) error { return errManaged }

// ListUserAccounts is not for this door: keys are the plane's.
func (keyring) ListUserAccounts() ([]auth.Account, error) { return nil, errManaged }

// Shutdown has nothing to release.
func (keyring) Shutdown() error { return nil }
